"""Writing the reports to files: each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from ..suite.results import Report

Format = Literal["json", "junit", "sarif", "html", "badge"]


class CannotWrite(Exception):
    """A report cannot be written; the message is one sentence that says which, where and why."""

    def __init__(self, format: Format, path: Path, reason: str) -> None:
        super().__init__(f"The {format} report cannot be written to {path}: {reason}; name another file.")


def save_reports(report: Report, files: Mapping[Format, Path], date: datetime | None = None) -> list[Path]:
    """Write the report to each of the files and return their paths.

    Folders are made where they are missing. `date` is shown on the HTML page. Replay commands name the JSON file if
    there is one.
    Raises CannotWrite.
    """
    result_file = files.get("json")
    contents = {format: _RENDERERS[format](report, result_file, date) for format in files}
    for format, path in files.items():
        try:
            _write(path, contents[format])
        except OSError as error:
            raise CannotWrite(format, path, error.strerror or str(error)) from None
    return list(files.values())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    if target.exists() and not target.is_file():  # such as /dev/stdout; opening a directory says what is wrong
        target.write_bytes(content)
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content)
        draft.replace(target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _json(report: Report, result_file: Path | None, date: datetime | None) -> bytes:
    from .jsonfile import as_json, encoded

    return encoded(as_json(report))


def _junit(report: Report, result_file: Path | None, date: datetime | None) -> bytes:
    from .junit import junit_xml

    return junit_xml(report, result_file).encode()


def _sarif(report: Report, result_file: Path | None, date: datetime | None) -> bytes:
    from .jsonfile import encoded
    from .sarif import sarif

    return encoded(sarif(report, result_file))


def _html(report: Report, result_file: Path | None, date: datetime | None) -> bytes:
    from .html import html_page

    # The page is sent to others, at best with the JSON file beside it: where that was here tells them nothing.
    beside = result_file.name if result_file else None
    page = html_page(report, date=date, result_file=beside)
    return page.encode("utf-8", "backslashreplace")


def _badge(report: Report, result_file: Path | None, date: datetime | None) -> bytes:
    from .badge import badge_svg

    return badge_svg(report).encode()


_RENDERERS: Final[Mapping[Format, Callable[[Report, Path | None, datetime | None], bytes]]] = {
    "json": _json,
    "junit": _junit,
    "sarif": _sarif,
    "html": _html,
    "badge": _badge,
}
