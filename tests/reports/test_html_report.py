"""The HTML page: whole in itself, safe whatever it shows, and complete."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_fixtures import DATE, HOSTILE, KEY, failures, only, realistic_report

from safelight.conformance.reports.html import html_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def page() -> str:
    return html_page(realistic_report(), date=DATE, result_file="result.json")


def words_of(page: str) -> str:
    """What is read: no tags, no style, no script, every run of spaces as one."""
    bare = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


class Elements(HTMLParser):
    """All start tags with their attributes, and all ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]


def test_it_asks_nobody_for_anything(page: str) -> None:
    for tag, attributes in Elements(page).found:
        assert tag not in ("img", "link", "iframe", "object", "embed", "base", "video", "audio"), tag
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_only_our_own_style_and_script_may_run(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    allowed = unescape(policy[1])
    assert allowed.startswith("default-src 'none'")
    assert "unsafe" not in allowed
    for tag in ("style", "script"):
        [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert b64encode(sha256(content.encode()).digest()).decode() in allowed
    for _, attributes in Elements(page).found:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


def test_hostile_texts_stay_texts(page: str) -> None:
    assert HOSTILE not in page
    assert HOSTILE in words_of(page)
    assert page.count("</script>") == 1
    assert "\x1b" not in page
    assert "\x00" not in page
    assert "\u202e" not in page


def test_no_key_is_in_it(page: str) -> None:
    assert KEY not in page
    assert "Bearer rk_live_***" in page


def test_the_summary_is_on_top(page: str) -> None:
    text = words_of(page)
    for part in (
        "acme-images 3.2",
        "1 MUST and 1 HOUSE checks failed.",
        "factory acme.images:make",
        "14 August 2026, 12:03 UTC",
        "Requirements 2026.1",
        "Seed 7",
        "45 /50 MUST checks passed",
        "1 840 scenarios in 21.4 s (86 per second)",
        "reapi.submit.rule-8",
    ):
        assert part in text


def test_a_card_tells_everything(page: str) -> None:
    card = page[page.index('id="reapi/house.submit.paid-once"') :]
    text = words_of(card[: card.index("</article>")])
    for part in (
        "✗ failed HOUSE reAPI",
        "A submit whose answer was lost is not sent again as a second paid job.",
        "our own rule (inferred)",
        "Seen Two jobs were paid",
        "Why it matters The caller pays twice",
        "first submit: the connection is reset without an answer, after the provider has acted",
        "safelight replay result.json reapi/house.submit.paid-once",
        "Judged in 20 of 25 scenarios, 212 scenarios to find and shrink it.",
        "Transcript, 15 events",
        "+1.000 s POST /api/v1/images/generations → 200 processing the verdict is about this",
        '"resolution": "4K"',
        "(40 005 characters)",
    ):
        assert part in text
    assert card.index("<svg width=") < card.index("</article>")


def test_passing_checks_are_listed_with_their_statements(page: str) -> None:
    listed = page[page.index('id="kept"') :]
    assert listed.count('data-status="pass"') == 70
    assert "Rule 3 about <code>field_3</code> is kept." in listed
    assert "The client does not claim `list`." in words_of(listed)


def test_everything_can_be_filtered(page: str) -> None:
    checks = [attributes for _, attributes in Elements(page).found if "data-status" in attributes]
    assert len(checks) == len(realistic_report().results)
    for attributes in checks:
        assert attributes["data-level"] in ("MUST", "HOUSE", "SHOULD")
        assert attributes["data-provider"]
        assert attributes["data-search"] == (attributes["data-search"] or "").lower()


def test_ids_are_unique_and_the_timeline_points_at_rows(page: str) -> None:
    elements = Elements(page)
    assert len(elements.ids) == len(set(elements.ids))
    rows = [attributes["data-row"] for _, attributes in elements.found if "data-row" in attributes]
    assert rows
    assert set(rows) <= set(elements.ids)


def test_without_findings_it_says_so() -> None:
    passes = [each for each in realistic_report().results if each.status == "pass"]
    text = words_of(html_page(only(*passes)))
    assert "Every check passed that applies." in text
    assert "Nothing to report" in text


def test_without_date_and_file_it_is_whole() -> None:
    text = words_of(html_page(only(*failures())))
    assert "Judged 1" not in text
    assert "safelight check client --factory acme.images:make" in text


def test_a_provider_that_nobody_knows_has_its_own_name() -> None:
    odd = [replace(each, provider="toy") for each in failures() if each.provider == "reapi"]
    assert "✗ failed MUST toy" in words_of(html_page(only(*odd)))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser")
def test_a_browser_runs_our_script_and_nothing_else(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page)
    command = [
        str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "78 checks</output>" in done.stdout
    assert not re.search(r'<form class="filters"[^>]* hidden', done.stdout)
    assert "<img" not in done.stdout
