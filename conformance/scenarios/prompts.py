"""Prompts that have broken clients: other scripts, emoji, quotes, control characters of JSON and of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

PLAIN: Final = "a red kite"
TELLING: Final = (
    "一只红色的风筝",
    'she said "hello" and \\ left',
    "first line\nsecond line\tand a tab",
    "🪁 a kite 👩‍👩‍👧‍👦",
    "طائرة ورقية حمراء",
    "naïve café, Ünïcödé — “quotes”",
    "100% of {this} and ${that} & <b>those</b> %s",
    "e\u0301 is not \u00e9",
    "a label that reads C:\\new\\temp and 50%20off, a+b=c",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u2028 separators",
)
_MAGIC = "safelight"  # words after this one are orders to the simulator


def prompts(longest: int | None = None) -> SearchStrategy[str]:
    """A plain one, a telling one or any text, of up to so many characters."""
    from hypothesis import strategies as st

    anything = st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=min(longest or 60, 60)
    )
    usable = anything.filter(lambda text: text == text.strip() != "" and _MAGIC not in text.lower())
    return st.one_of(st.just(PLAIN), st.sampled_from(TELLING), usable)
