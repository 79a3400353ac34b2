"""How far the suite has come, while it runs. Where nobody watches a terminal nothing is printed, or plain lines."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Final, Self

from rich import progress
from rich.console import Console
from rich.text import Text

from ..suite.results import CheckResult, Status
from ..virtual.clock import REAL_CLOCK
from .prose import said
from .tallies import WORDS
from .texts import one_line, shortened

_SILENT: Final[tuple[Status, ...]] = ("pass", "not-applicable")
_BESIDE: Final = 62  # columns that the bar and the numbers take


class Progress:
    """A bar with what is going on, and each bad result as it comes; a context manager.

    With `lines` a console that is no terminal gets a plain line for each result that is not fine.
    """

    def __init__(self, console: Console | None = None, *, lines: bool = False) -> None:
        self._console = console or Console(stderr=True)
        self._lines = lines
        self._counts: Counter[Status] = Counter()
        self._bar: progress.Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def begin(self, total: int) -> None:
        """So many checks are to come."""
        if self._console.is_terminal:
            self._bar = _bar(self._console)
            self._bar.add_task("", total=total, tally="")
            self._bar.start()

    def running(self, name: str) -> None:
        """A check begins."""
        room = max(12, self._console.width - _BESIDE)
        self._show(description=shortened(one_line(name), room))

    def check_done(self, result: CheckResult) -> None:
        """A check has its result."""
        self._counts[result.status] += 1
        if result.status not in _SILENT and (self._bar is not None or self._lines):
            self._tell(result)
        told = ((WORDS[status].mark, count) for status, count in self._counts.items() if status not in _SILENT)
        self._show(advance=1, tally=" ".join(f"{mark}{count}" for mark, count in told))

    def end(self) -> None:
        """Take the bar away. Doing so twice does no harm."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self, **changes: str | int) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], refresh=True, **changes)  # type: ignore[arg-type]

    def _tell(self, result: CheckResult) -> None:
        words = WORDS[result.status]
        line = Text(f"{words.mark} {one_line(result.name)}  {one_line(said(result))}")
        if self._console.is_terminal:
            line.stylize("red" if words.tone == "bad" else "yellow")
            line.truncate(self._console.width, overflow="ellipsis")
        self._console.print(line, soft_wrap=True)


def _bar(console: Console) -> progress.Progress:
    """Drawn when something happens and not by a thread, which would live on the virtual time of scenarios."""
    return progress.Progress(
        progress.BarColumn(24),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[tally]}", style="dim", markup=False),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.description}", style="dim", markup=False),
        console=console,
        transient=True,
        auto_refresh=False,
        get_time=REAL_CLOCK,
    )
