"""What the demonstration shows: a table for people, a JSON document for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .following import Delivery, Moment
from .stage import Picture

WIDE = 100  # columns from which a file's size fits beside its name

_OTHER_COLUMNS = 63  # what a wide table needs beside the column of the job's life
_NO_BREAK = "\N{NO-BREAK SPACE}"


def print_table(console: Console, deliveries: Sequence[Delivery], output: Path) -> None:
    """One row for each delivery, and a line that sums them up."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title="The documented example of each provider",
        title_style="bold",
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("provider", style="cyan", no_wrap=True)
    table.add_column("job life (virtual)", overflow="fold")
    table.add_column("real", justify="right", no_wrap=True)
    table.add_column("credits", justify="right", no_wrap=True)
    table.add_column("files", overflow="fold")
    for delivery in deliveries:
        table.add_row(*_cells(delivery, console.width))
        table.add_section()
    console.print(table)
    console.print(_summary(deliveries, output))


def as_json(deliveries: Sequence[Delivery], output: Path) -> dict[str, Any]:
    """The same as plain data."""
    return {"output": str(output), "deliveries": [_record(delivery) for delivery in deliveries]}


def _cells(delivery: Delivery, width: int) -> tuple[Text, Text, str, str, Text]:
    name = Text(delivery.provider)
    if delivery.via:
        name.append(f"\nvia {delivery.via}", style="dim")
    if delivery.skipped:
        return name, Text(f"skipped: {delivery.skipped}", style="yellow"), "", "", Text()
    life = Text(_life(delivery, width - _OTHER_COLUMNS))
    life.append(f"\n{delivery.polls} polls" if delivery.polls else "\none open call", style="dim")
    if delivery.problem:
        life.append(f"\nnot delivered: {delivery.problem}", style="bold red")
    files = Text("\n").join(_file(picture, " " if width >= WIDE else "\n") for picture in delivery.pictures)
    return name, life, f"{delivery.real_seconds:.2f} s", f"{delivery.credits:g}", files


def _life(delivery: Delivery, width: int) -> str:
    """The statuses with their times, broken only between two of them."""
    befores = [None, *delivery.moments]
    steps = [_step(moment, before) for moment, before in zip(delivery.moments, befores, strict=False)]
    unbreakable = [step.replace(" ", _NO_BREAK) for step in steps]
    lines = wrap(f" →{_NO_BREAK}".join(unbreakable), max(1, width), break_long_words=False)
    return "\n".join(lines).replace(_NO_BREAK, " ")


def _step(moment: Moment, before: Moment | None) -> str:
    """A status, with its time unless that is the one of the status before."""
    if before is not None and before.at == moment.at:
        return moment.status
    return f"{moment.status} {round(moment.at, 1):g} s"


def _file(picture: Picture, separator: str) -> Text:
    return Text(f"{picture.file.name}{separator}").append(f"{picture.width}×{picture.height}", style="green")


def _summary(deliveries: Sequence[Delivery], output: Path) -> str:
    tried = [delivery for delivery in deliveries if not delivery.skipped]
    images = sum(len(delivery.pictures) for delivery in tried)
    virtual = sum(delivery.virtual_seconds for delivery in tried)
    real = sum(delivery.real_seconds for delivery in tried)
    delivered = sum(not delivery.problem for delivery in tried)
    return (
        f"{delivered} of {len(tried)} examples delivered, {virtual:.0f} virtual seconds in {real:.1f} real ones.\n"
        f"{images} images in {output}, each decoded and of the size and prompt asked for."
    )


def _record(delivery: Delivery) -> dict[str, Any]:
    return {
        "provider": delivery.provider,
        "via": delivery.via or None,
        "delivered": not (delivery.problem or delivery.skipped),
        "problem": delivery.problem or None,
        "skipped": delivery.skipped or None,
        "life": [{"status": moment.status, "at": moment.at} for moment in delivery.moments],
        "polls": delivery.polls,
        "real_seconds": round(delivery.real_seconds, 3),
        "credits": delivery.credits,
        "files": [
            {"file": str(p.file), "format": p.format, "width": p.width, "height": p.height} for p in delivery.pictures
        ],
    }
