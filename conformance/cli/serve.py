"""`safelight serve`: the simulator in the foreground."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from ...fixtures.catalogue import Scenario, load_scenario
from ...mockserver.clock import parse_rate, rate_name
from ...mockserver.control import PREFIX as CONTROL_PREFIX
from ...mockserver.journal import Exchange
from ...mockserver.progress import Progress, parse_progress
from ...mockserver.scenarios import apply_scenario
from ...mockserver.server import PortUnavailable, ServerSettings, Simulator
from ...mockserver.tenants import DEFAULT_CREDITS, TenantSettings
from ...mockserver.transcript import as_record, one_line
from ...mockserver.world import WorldSettings
from ...specs import SpecError

if TYPE_CHECKING:
    from .verdicts import Narrator

DEFAULT_PORT = 4010

T = TypeVar("T")


class Parsed(click.ParamType[Any]):
    """An option whose text is read by a parser that raises ValueError with a sentence."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _base_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"a base URL begins with http:// or https://, unlike {text!r}")
    return text.rstrip("/")


def _credits(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"credits are a number such as 100 or 0.5, not {text!r}")
    return float(text)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65_528), metavar="N",
    help="API port; images are served on the next one. 0 takes any free ports.",
)  # fmt: skip
@click.option("--port-per-provider", is_flag=True, help="One more port for each provider, without path prefix.")
@click.option(
    "--clock", "rate", default="real", show_default=True, type=Parsed("real|xN|manual", parse_rate),
    help="How time passes: as it does, N times as fast, or only through the control API.",
)  # fmt: skip
@click.option(
    "--progress", default="time", show_default=True, type=Parsed("time|polls:N|immediate", parse_progress),
    help="How jobs get on: with time, with their N-th poll, or at once.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(-(2**63), 2**63 - 1), metavar="N",
              help="Fixes ids, timelines and images.")  # fmt: skip
@click.option("--credits", "credits_", default=DEFAULT_CREDITS, show_default=True, type=Parsed("N", _credits),
              help="Credits of each tenant at each provider.")  # fmt: skip
@click.option("--any-key", is_flag=True, help="Accept every key.")
@click.option("--public-base", type=Parsed("URL", _base_url), help="Address of the API as clients see it.")
@click.option("--media-base", type=Parsed("URL", _base_url), help="Address of the images as clients see it.")
@click.option("--journal", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE",
              help="Append every exchange to this file, one JSON object per line.")  # fmt: skip
@click.option("--cors", is_flag=True, help="Let pages of any origin call the simulator.")
@click.option("--control-token", envvar="SAFELIGHT_CONTROL_TOKEN", metavar="TEXT",
              help="Guard the control API; needed to listen beyond this machine.")  # fmt: skip
@click.option("--scenario", "scenarios", multiple=True, type=Parsed("NAME|FILE", load_scenario),
              help="Let this go wrong from the start, see `safelight scenarios`; repeatable.")  # fmt: skip
@click.option("--no-verdicts", is_flag=True, help="Do not say which requests break a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready, and nothing else.")
def serve(
    host: str,
    port: int,
    port_per_provider: bool,
    rate: float,
    progress: Progress,
    seed: int,
    credits_: float,
    any_key: bool,
    public_base: str | None,
    media_base: str | None,
    journal: Path | None,
    cors: bool,
    control_token: str | None,
    scenarios: tuple[Scenario, ...],
    no_verdicts: bool,
    as_json: bool,
) -> None:
    """Run all five providers on this machine until Ctrl-C."""
    tenant = TenantSettings(seed=seed, credits=credits_, progress=progress)
    settings = ServerSettings(
        host=host,
        port=port,
        port_per_provider=port_per_provider,
        public_base=public_base,
        media_base=media_base,
        cors=cors,
        control_token=control_token,
        freeze_gc=True,
        world=WorldSettings(rate=rate, tenant=tenant, any_key=any_key),
    )
    try:
        simulator = Simulator(settings)
        _play(simulator, scenarios)
        narrator = None if as_json or no_verdicts else _make_narrator(progress)
        with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
            runner.run(_run(simulator, journal, as_json, scenarios, narrator))
    except PortUnavailable as error:
        hint = "stop what uses it, or choose another with --port (0 takes any free one)"
        raise click.UsageError(f"{error.strerror}; {hint}.") from None
    except OSError as error:
        raise click.UsageError(f"The journal cannot be written to {error.filename}: {error.strerror}.") from None
    except (SpecError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _play(simulator: Simulator, scenarios: tuple[Scenario, ...]) -> None:
    tenant = simulator.world.default
    for scenario in scenarios:
        tenant.prepare_with(partial(apply_scenario, tenant, scenario))


async def _run(
    simulator: Simulator,
    journal: Path | None,
    as_json: bool,
    scenarios: tuple[Scenario, ...],
    narrator: "Narrator | None",
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    journal_file = journal.open("a", encoding="utf-8") if journal else None
    if journal_file:
        simulator.world.listeners.append(_writer(journal_file))
    await simulator.start()
    try:
        if as_json:
            click.echo(json.dumps({**describe(simulator), "scenarios": [scenario.name for scenario in scenarios]}))
        else:
            _print_table(simulator)
            for scenario in scenarios:
                click.echo(f"scenario {scenario.name}: {scenario.title or 'of your own'}")
            simulator.world.listeners.append(lambda exchange: click.echo(one_line(exchange)))
        if narrator:
            simulator.world.listeners.append(narrator)
        await stopped.wait()
    finally:
        await simulator.stop()
        if narrator:
            narrator.summary()
        if journal_file:
            journal_file.close()


def describe(simulator: Simulator) -> dict[str, Any]:
    """Everything a script needs to use a started simulator."""
    world = simulator.world
    return {
        "ready": True,
        "pid": os.getpid(),
        "url": simulator.url,
        "media_url": world.media_base,
        "control_url": f"{simulator.url}{CONTROL_PREFIX}",
        "clock": rate_name(world.clock.rate),
        "seed": world.default.seed,
        "providers": {
            name: {
                "title": provider.spec.title,
                "base_url": world.api_url(world.default, name),
                "api_key": world.ready_key(world.default, name),
                "media_url": world.media_url(world.default, name),
            }
            for name, provider in world.providers.items()
        },
    }


def _print_table(simulator: Simulator) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    facts = describe(simulator)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("provider", "base URL", "key"):
        table.add_column(column, no_wrap=True)
    for name, provider in facts["providers"].items():
        table.add_row(name, provider["base_url"], provider["api_key"])
    console = Console(soft_wrap=True)
    console.print(f"Safelight · clock {facts['clock']} · seed {facts['seed']} · Ctrl-C ends it", style="bold")
    console.print(table)
    console.print(f"images   {facts['media_url']}\ncontrol  {facts['control_url']}\n", highlight=False)


def _make_narrator(progress: Progress) -> "Narrator":
    from .verdicts import Narrator  # with every check: a start that prints no verdicts is faster without

    return Narrator(timed=progress.kind == "time")


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed; None for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _writer(file: IO[str]) -> Callable[[Exchange], None]:
    def write(exchange: Exchange) -> None:
        file.write(json.dumps(as_record(exchange), ensure_ascii=False) + "\n")
        file.flush()

    return write
