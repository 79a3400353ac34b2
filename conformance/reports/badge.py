"""A badge for a README: how many of the rules are kept, as a self-contained SVG picture."""

from __future__ import annotations

from html import escape
from typing import Final

from ..suite.results import Report
from .tallies import RED, kept
from .texts import plural, visible

_GREEN, _AMBER, _RED, _GREY = "#2a7d4f", "#96660a", "#b3261e", "#6b6b6b"  # white text stands out on each
_NAME: Final = "safelight"
_PADDING: Final = 6
_NARROW: Final = "iljtfrI/.,:|1 "
_WIDE: Final = "mwMWOHUSTD"
_SVG: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="{left}" height="20" fill="#3b3b3b"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
    <text x="{name_at}" y="14" textLength="{name_width}">{name}</text>
    <text x="{text_at}" y="14" textLength="{text_width}">{text}</text>
  </g>
</svg>
"""


def badge_svg(report: Report) -> str:
    """The badge: rules at level MUST that are kept, and broken rules of ours; the same report gives the same bytes."""
    text, colour = badge_text(report), _colour(report)
    name_width, text_width = _width(_NAME), _width(text)
    left, right = name_width + 2 * _PADDING, text_width + 2 * _PADDING
    return _SVG.format(
        title=escape(f"{_NAME}: {text}"),
        name=_NAME,
        text=escape(text),
        colour=colour,
        width=left + right,
        left=left,
        right=right,
        name_width=name_width,
        text_width=text_width,
        name_at=left / 2,
        text_at=left + right / 2,
    )


def badge_text(report: Report) -> str:
    """`112/115 MUST`, with what else is red."""
    passed, applied = kept(report, "MUST")
    if not report.results:
        return "nothing judged"
    others = len([result for result in report.of_status(*RED) if result.level != "MUST"])
    problems = [f"{others} more red"] if others else []
    problems += [plural(len(report.problems), "problem")] if report.problems else []
    return visible(" · ".join([f"{passed}/{applied} MUST", *problems]))


def _colour(report: Report) -> str:
    if not report.results:
        return _GREY
    if report.of_status(*RED) or report.problems:
        return _RED
    return _AMBER if report.of_status("warn", "expected-fail") else _GREEN


def _width(text: str) -> int:
    """In pixels, roughly; the picture stretches its text to this."""
    return round(sum(4.0 if char in _NARROW else 8.6 if char in _WIDE else 7.0 for char in text))
