"""`safelight scenarios`: what can go wrong by name, for people and (with --json) for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import click

from ...fixtures.catalogue import Scenario, ScenarioError, load_scenario, magic, scenario_names
from ...specs import Spec, SpecError, load, provider_names
from .errors import BadInput

WIDEST = 100  # columns of running text


@click.command()
@click.argument("name", required=False)
@click.option("--provider", metavar="NAME", help="Only what is for this provider.")
@click.option("--magic", "show_magic", is_flag=True, help="Show how prompts and keys bring them about.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scenarios(name: str | None, provider: str | None, show_magic: bool, as_json: bool) -> None:
    """List what can go wrong by name, or explain the scenario NAME (of the catalogue, or a file)."""
    try:
        specs = [load(each) for each in ([provider] if provider else provider_names())]
        found = [load_scenario(each) for each in ([name] if name else scenario_names())]
    except (ScenarioError, SpecError) as error:
        raise BadInput(str(error)) from None
    reason = found[0].not_for.get(provider) if name and provider else None
    if reason:
        raise BadInput(f"{found[0].name} is not for {provider}: {reason.rstrip('.')}.")
    found = [scenario for scenario in found if provider not in scenario.not_for]
    rows = [_describe(scenario, provider) for scenario in found]
    words = _magic_words(found, specs) if show_magic else None
    if as_json:
        click.echo(json.dumps(words or (rows[0] if name else rows), indent=2, ensure_ascii=False))
    elif words:
        _print_magic(words)
    elif name:
        _print_one(rows[0])
    else:
        _print_all(rows)


def _describe(scenario: Scenario, provider: str | None) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "happens": scenario.happens,
        "good_client": scenario.good_client,
        "faults": list(scenario.faults_for(provider) if provider else scenario.faults),
        "tenant": scenario.tenant,
        "not_for": scenario.not_for,
    }


def _print_all(rows: Sequence[dict[str, Any]]) -> None:
    width = max(len(row["name"]) for row in rows) + 2
    for row in rows:
        but = f" (not for {', '.join(row['not_for'])})" if row["not_for"] else ""
        click.echo(f"{row['name']:{width}}{row['title']}{but}")
    click.echo("\n`safelight scenarios NAME` explains one, `safelight serve --scenario NAME` plays it.")


def _print_one(row: dict[str, Any]) -> None:
    click.echo(f"{row['name']}: {row['title']}\n")
    _print_block("What happens", [row["happens"]])
    _print_block("What a good client does", [row["good_client"]])
    _print_block("Faults", map(_inline, row["faults"]))
    _print_block("Tenant", (_inline({key: value}) for key, value in row["tenant"].items()))
    _print_block("Not for", (f"{provider}: {reason}" for provider, reason in row["not_for"].items()))


def _print_block(head: str, lines: Iterable[str]) -> None:
    width = min(WIDEST, get_terminal_size().columns)
    wrapped = (
        fill(line, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False) for line in lines if line
    )
    text = "\n".join(wrapped)
    if text:
        click.echo(f"{head}\n{text}\n")


def _inline(row: dict[str, Any]) -> str:
    return ", ".join(f"{key}: {value if isinstance(value, str) else json.dumps(value)}" for key, value in row.items())


def _magic_words(found: Sequence[Scenario], specs: Sequence[Spec]) -> dict[str, Any]:
    from ...mockserver.faults import kinds

    table = kinds()
    failures = dict.fromkeys(name for spec in specs for name in spec.behaviour.failures)
    problems = dict.fromkeys(name for spec in specs for name in spec.behaviour.problems)
    return {
        "prompt": "safelight:NAME",
        "keys": {spec.name: f"{spec.behaviour.key_prefix}safelight-NAME" for spec in specs},
        "short_in_prompts": magic()["prompts"],
        "short_in_keys": magic()["keys"],
        "scenarios": [each.name for each in found if all(table[fault["kind"]].magic for fault in each.faults)],
        "kinds": [kind.name for kind in table.values() if kind.magic and not kind.required],
        "failures": list(failures),
        "problems": list(problems),
    }


def _print_magic(words: dict[str, Any]) -> None:
    _print_block("In a prompt, for the request that carries it and its job", [f"a cat, {words['prompt']}"])
    endings = "a dot and anything after it makes a fresh one"
    _print_block(f"As a key, for a tenant of its own; {endings}", (f"{p}: {key}" for p, key in words["keys"].items()))
    _print_block("NAME is a scenario", [", ".join(words["scenarios"])])
    for where in ("prompts", "keys"):
        pairs = words[f"short_in_{where}"].items()
        _print_block(f"or, in {where}, short for one", [", ".join(f"{short} ({name})" for short, name in pairs)])
    _print_block("or, in prompts, a kind of fault", [", ".join(words["kinds"])])
    _print_block("or, in prompts, a failure of the provider", [", ".join(words["failures"])])
    _print_block("or, in prompts, a problem of its error catalogue", [", ".join(words["problems"])])
