"""Pixels of ratio and tier, and the way back from pixels to a ratio."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight.mockserver.sizes import RATIOS, TIERS, nearest_ratio, pixels

EIGHT_RATIOS = [ratio for ratio in RATIOS if ratio not in ("2:3", "3:2")]
sides = st.integers(min_value=1, max_value=20_000)


@pytest.mark.parametrize(
    ("ratio", "tier", "expected"),
    [
        ("1:1", "1K", (1024, 1024)),
        ("2:3", "2K", (1696, 2528)),
        ("3:4", "1K", (896, 1200)),
        ("5:4", "4K", (4608, 3712)),
        ("9:16", "4K", (3072, 5504)),
        ("16:9", "4K", (5504, 3072)),
        ("21:9", "2K", (3168, 1344)),
    ],
)
def test_pixels_are_those_of_the_table(ratio: str, tier: str, expected: tuple[int, int]) -> None:
    assert pixels(ratio, tier) == expected


@pytest.mark.parametrize("ratio", RATIOS)
def test_tiers_are_exact_multiples_of_1k(ratio: str) -> None:
    width, height = pixels(ratio, "1K")
    assert [pixels(ratio, tier) for tier in TIERS] == [
        (width, height),
        (2 * width, 2 * height),
        (4 * width, 4 * height),
    ]


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_ratio_is_nearest_to_its_own_pixels_and_within_two_per_cent(ratio: str) -> None:
    width, height = pixels(ratio, "4K")
    across, down = map(int, ratio.split(":"))
    assert nearest_ratio(width, height) == ratio
    assert width / height == pytest.approx(across / down, rel=0.02)


def test_a_ratio_that_is_not_allowed_goes_to_its_neighbour() -> None:
    assert nearest_ratio(*pixels("2:3", "1K"), EIGHT_RATIOS) == "3:4"
    assert nearest_ratio(*pixels("3:2", "1K"), EIGHT_RATIOS) == "4:3"


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(10_000, 1, "21:9"), (1, 10_000, "9:16"), (7, 7, "1:1"), (1920, 1080, "16:9")]
)
def test_any_shape_has_a_nearest_ratio(width: int, height: int, expected: str) -> None:
    assert nearest_ratio(width, height) == expected


@given(width=sides, height=sides)
@example(width=1, height=1)
def test_a_transposed_image_has_the_transposed_ratio(width: int, height: int) -> None:
    both_ways = [ratio for ratio in RATIOS if ratio != "21:9"]
    across, _, down = nearest_ratio(width, height, both_ways).partition(":")
    assert nearest_ratio(height, width, both_ways) == f"{down}:{across}"


def test_errors_name_the_value_and_the_choices() -> None:
    with pytest.raises(ValueError, match=r"Unknown ratio '7:5': use one of 1:1, "):
        pixels("7:5", "1K")
    with pytest.raises(ValueError, match=r"Unknown tier '8K': use one of 1K, 2K, 4K"):
        pixels("1:1", "8K")
    with pytest.raises(ValueError, match="0×5 pixels has no ratio"):
        nearest_ratio(0, 5)
    with pytest.raises(ValueError, match="empty"):
        nearest_ratio(1, 1, [])
