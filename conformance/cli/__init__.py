"""The `safelight` command. Subcommands are imported when they are called, so that each starts fast."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

_COMMANDS = {
    "serve": "run all five providers on this machine",
    "scenarios": "list what can go wrong by name, for serve --scenario and for tests",
    "check": "check a client, or what a recording of its requests shows",
    "checks": "list the checks, each with the rule behind it",
    "explain": "say what a check demands and why, with a good and a bad transcript",
    "replay": "run the counterexample of a check again",
    "init": "write a file to start from",
    "selftest": "prove that the checks find what they are meant to find",
    "specs": "read and verify the specifications behind them",
    "examples": "send each provider its documented example and follow the job to its images",
    "demo": "judge a client that is right, and one that is not",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own and are imported on use.

    `lazy` gives for each command the sentence that the help shows, `prefix` what the module's name has before the
    command's.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], prefix: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy = lazy
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        command: click.Command = getattr(import_module(f".{self._prefix}{cmd_name}", __package__), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{error.message} The commands are {', '.join(self._lazy)}.", ctx) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; whatever the user got wrong is one sentence on stderr."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        run = super().main
        code = self._exit_code(lambda: run(args, prog_name, complete_var, standalone_mode=False, **extra))
        if args is None:  # a process of its own: no other code waits for the command
            from .ending import end_stuck_threads

            end_stuck_threads(code)
        sys.exit(code)

    @staticmethod
    def _exit_code(run: Callable[[], Any]) -> Any:
        try:
            return run()
        except NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            return 0
        except click.ClickException as error:
            click.echo(f"Error: {error.format_message()}", err=True)
            return error.exit_code
        except click.Abort:
            return 130
        except SystemExit as end:
            return end.code


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"safelight {version('safelight')}")
        ctx.exit()


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def main() -> None:
    """Contract testing for integrations with image-generation providers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe may not know every character we print
