"""`safelight examples`: every provider's documented example on a simulator of its own, followed to the images."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import click

from ...mockserver.server import ServerSettings, Simulator
from ...mockserver.world import WorldSettings
from ...specs import SpecError
from ..examples.following import Delivery, deliver, over_http
from ..examples.google_genai import is_installed, over_google_genai
from ..examples.recipes import RECIPES
from ..examples.stage import Stage, Unwritable, make_folder
from .errors import BadInput

SDK, SDK_PROVIDER = "google-genai", "tokaify"
MANUAL = 0.0  # the demonstration turns the clock itself: long jobs take no real time, and every run is the same


@click.command()
@click.option(
    "--output", default="example-images", show_default=True, metavar="DIR",
    type=click.Path(path_type=Path), help="Folder for the images.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def examples(output: Path, as_json: bool) -> None:
    """Send each provider its documented example and follow the job to its images."""
    from rich.console import Console

    from ..examples import table

    try:
        make_folder(output)
        with Console(stderr=True).status("starting the simulator") as status:
            deliveries = asyncio.run(run(output, lambda name: status.update(f"waiting for {name}")))
    except (Unwritable, SpecError) as error:
        raise BadInput(str(error)) from None
    if as_json:
        click.echo(json.dumps(table.as_json(deliveries, output), indent=2))
    else:
        table.print_table(Console(highlight=False), deliveries, output)
    failed = [f"{delivery.provider} ({delivery.problem})" for delivery in deliveries if delivery.problem]
    if failed:
        raise click.ClickException(f"Not delivered: {'; '.join(failed)}.")


async def run(output: Path, announce: Callable[[str], None] = lambda name: None) -> list[Delivery]:
    """Every example on a simulator of its own. Raises Unwritable where an image cannot be written."""
    settings = ServerSettings(world=WorldSettings(rate=MANUAL))
    async with Simulator(settings) as simulator, aiohttp.ClientSession() as session:
        return await perform(Stage(simulator, session, output), announce)


async def perform(stage: Stage, announce: Callable[[str], None] = lambda name: None) -> list[Delivery]:
    """Every example on a given stage, one after another."""
    deliveries = []
    for recipe in RECIPES:
        announce(recipe.provider)
        deliveries.append(await deliver(stage, recipe, over_http))
    announce(f"{SDK_PROVIDER} via {SDK}")
    return [*deliveries, await _through_sdk(stage)]


async def _through_sdk(stage: Stage) -> Delivery:
    recipe = next(recipe for recipe in RECIPES if recipe.provider == SDK_PROVIDER)
    if not is_installed():
        return Delivery(SDK_PROVIDER, SDK, skipped=f"{SDK} is not installed (pip install {SDK})")
    return await deliver(stage, recipe, over_google_genai, name=f"{SDK_PROVIDER}-sdk", via=SDK)
