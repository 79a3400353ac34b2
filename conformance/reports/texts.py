"""Texts for people: what a terminal, a parser or an eye cannot take is spelled out, what is long is cut."""

import re
from typing import Final

_DECEPTIVE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for tab and newline
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # line ends in disguise, and what reverses the text that follows
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"  # what is no character
)
_LONG_SEGMENT: Final = re.compile(r"[^/?&=\s…]{21,}")
_LONGEST_QUERY: Final = 32
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60))
_SECONDS_UP_TO: Final = 600  # the documents count in seconds up to here


def visible(text: str) -> str:
    """The text with everything spelled out that would do something instead of being read."""
    return _DECEPTIVE.sub(_spelled, text)


def one_line(text: str) -> str:
    """The visible text with its newlines and tabs spelled out as well."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def shortened(text: str, most: int) -> str:
    """At most so many characters; the last one tells that there was more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(text: str, most: int = 60) -> str:
    """The text in quotation marks on one line; of a long one the beginning and its length."""
    length = f" ({grouped(len(text))} characters)" if len(text) > most else ""
    return f"“{shortened(one_line(text), most)}”{length}"


def elided(target: str) -> str:
    """A request line or an id with its long parts cut, so that it can be told from others at a glance."""
    path, mark, query = target.partition("?")
    path = _LONG_SEGMENT.sub(lambda match: f"{match[0][:13]}…", path)
    return f"{path}{mark}{query if len(query) <= _LONGEST_QUERY else '…'}"


def duration(seconds: float) -> str:
    """As people say it: `0.25 s`, `120 s`, `25 min`, `26 h`, `7 d 30 s`; never more than two units."""
    if seconds <= _SECONDS_UP_TO:
        return f"{round(seconds, 3):g} s"
    rest, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{grouped(count)} {unit}")
    if rest:
        parts.append(f"{rest} s")
    return " ".join(parts[:2])


def grouped(number: float) -> str:
    """A whole number with its thousands apart."""
    return f"{round(number):,}".replace(",", _NO_BREAK)


def plural(count: int, word: str) -> str:
    """`1 image`, `2 images`, `2 tries`."""
    if count != 1:
        word = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{grouped(count)} {word}"


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
