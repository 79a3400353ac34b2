"""Google's table of output sizes at 1K, typed in a second time: 2K and 4K are twice and four times as much."""

ONE_K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
FACTORS = {"1K": 1, "2K": 2, "4K": 4}


def size(ratio: str, tier: str) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = ONE_K[ratio]
    return width * FACTORS[tier], height * FACTORS[tier]
