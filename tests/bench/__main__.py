"""`python -m tests.bench [TOPIC…]`: measure the performance claims and compare them with their targets."""

import os
import sys
import time
from importlib import import_module

from rich.console import Console
from rich.table import Table

from .harness import ALL_CORES, CLIENT_CORE, SERVER_CORE, Result

TOPICS = ("throughput", "startup", "memory", "images", "plugin", "suite", "gateway", "selftest", "rivals")

_WIDTH = 140  # columns, where there is no terminal to ask
_COLOURS = {"pass": "green", "MISS": "bold red", "skipped": "yellow", "shown": "dim"}


def main(names: list[str]) -> int:
    """Run the topics; 1 if a target is missed, 2 for an unknown topic."""
    unknown = set(names) - set(TOPICS)
    if unknown:
        print(f"There is no topic {', '.join(sorted(unknown))}; the topics are {', '.join(TOPICS)}.", file=sys.stderr)
        return 2
    os.sched_setaffinity(0, [CLIENT_CORE])
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    if len(ALL_CORES) == 1:
        console.print("Servers and load share the only core: rates are too low, CPU times hold.")
    table = Table(title="Benchmarks", title_justify="left")
    for column in ("claim", "measured", "value", "target", ""):
        table.add_column(column, justify="right" if column in ("value", "target") else "left")
    missed = False
    for name in names or TOPICS:
        topic, started = import_module(f".{name}", __package__), time.monotonic()
        with console.status(f"{topic.TITLE} …"):
            results = list(topic.measure())
        for result in results:
            table.add_row(*_row(result))
        table.add_section()
        missed = missed or any(result.verdict == "MISS" for result in results)
        console.print(f"{topic.TITLE}: {time.monotonic() - started:.0f} s")
    console.print(table)
    console.print(f"Servers on core {SERVER_CORE}, load from core {CLIENT_CORE}; medians of interleaved rounds.")
    return int(missed)


def _row(result: Result) -> tuple[str, str, str, str, str]:
    value = "" if result.value is None else f"{result.value:.2f} {result.unit}"
    target = "" if result.target is None else f"{result.sense} {result.target:g} {result.unit}"
    colour = _COLOURS[result.verdict]
    return result.claim, result.measured, value, target, f"[{colour}]{result.verdict}[/]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
