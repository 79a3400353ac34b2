"""`safelight specs`: the specifications of the providers, for people and (with --json) for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ... import specs as specifications
from ...specs.citations import CitationProblem, verify
from ...specs.errors import did_you_mean
from ...specs.model import Rule, Spec
from ...specs.references import dotted, rule_references
from .errors import BadInput

WIDE = 120  # columns from which statements fit into the table of rules


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def specs() -> None:
    """Show the specifications and check their citations."""


@specs.command("list")
@as_json
def list_specs(as_json: bool) -> None:
    """List the built-in providers."""
    with _sentences():
        rows = [_summary(spec) for spec in _all()]
    if as_json:
        _print_json(rows)
        return
    table = _table("provider", "operations", "rules", "readings", "knobs", "document")
    for row in rows:
        operations, readings, knobs = (str(len(row[name])) for name in ("operations", "readings", "knobs"))
        table.add_row(row["provider"], operations, str(row["rules"]), readings, knobs, ", ".join(row["documents"]))
    _console().print(table)


@specs.command("verify")
@click.option(
    "--documents",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the source documents.",
)
@as_json
def verify_citations(documents: Path, as_json: bool) -> None:
    """Check that the documents still say what the rules cite; exit 1 where they don't."""
    with _sentences():
        loaded = _all()
        problems = verify(documents, loaded)
    if as_json:
        _print_json({**_counts(loaded, problems), "problems": [asdict(problem) for problem in problems]})
    else:
        _print_problems(loaded, problems)
    if problems:
        raise SystemExit(1)


@specs.command("show")
@click.argument("provider")
@click.argument("rule", required=False)
@as_json
def show(provider: str, rule: str | None, as_json: bool) -> None:
    """Show the rules of PROVIDER by topic, or one RULE with its citation and uses."""
    with _sentences():
        spec = specifications.load(provider)
        known = spec.rules
    if rule is None:
        _show_rules(spec, as_json)
    elif rule in known:
        _show_rule(spec, known[rule], as_json)
    else:
        raise BadInput(f"{spec.title} has no rule {rule!r}{did_you_mean(rule, tuple(known))}.")


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except specifications.SpecError as error:
        raise BadInput(str(error)) from None


def _all() -> list[Spec]:
    return [specifications.load(name) for name in specifications.provider_names()]


def _summary(spec: Spec) -> dict[str, Any]:
    choices = spec.behaviour.choices.values()
    return {
        "provider": spec.name,
        "title": spec.title,
        "operations": [operation.id for operation in spec.operations],
        "rules": len(spec.rules),
        "readings": [choice.name for choice in choices if choice.scored],
        "knobs": [choice.name for choice in choices if not choice.scored],
        "documents": sorted({cite.document for rule in spec.rules.values() for cite in rule.citations}),
    }


def _counts(loaded: Sequence[Spec], problems: Sequence[CitationProblem]) -> dict[str, int]:
    rules = [rule for spec in loaded for rule in spec.rules.values()]
    citations = [citation for rule in rules for citation in rule.citations]
    return {
        "rules": len(rules),
        "citations": len(citations),
        "documents": len({citation.document for citation in citations}),
        "failed": len(problems),
    }


def _print_problems(loaded: Sequence[Spec], problems: Sequence[CitationProblem]) -> None:
    for problem in problems:
        click.echo(f"{problem.rule}  {problem.citation.document}:{problem.citation.lines}  {problem.message}")
    counts = _counts(loaded, problems)
    verdict = f"{counts['failed']} need review" if problems else "all hold"
    click.echo("{citations} citations of {rules} rules in {documents} documents: ".format(**counts) + verdict + ".")


def _show_rules(spec: Spec, as_json: bool) -> None:
    rules = list(spec.rules.values())
    if as_json:
        _print_json([asdict(rule) for rule in rules])
        return
    console = _console()
    wide = console.width >= WIDE
    table = _table("rule", "level", "basis", "lines", *(["statement"] if wide else []))
    for topic in dict.fromkeys(rule.topic for rule in rules):
        for rule in (rule for rule in rules if rule.topic == topic):
            lines = ", ".join(citation.lines for citation in rule.citations)
            table.add_row(rule.id, rule.level, rule.basis, lines, *([rule.statement] if wide else []))
        table.add_section()
    console.print(table)
    click.echo(f"{len(rules)} rules; `safelight specs show {spec.name} RULE` shows one in full.")


def _show_rule(spec: Spec, rule: Rule, as_json: bool) -> None:
    uses = list(_uses(spec, rule.id))
    if as_json:
        _print_json({**asdict(rule), "uses": uses})
        return
    table = _grid()
    table.add_row("rule", rule.id)
    table.add_row("level", rule.level)
    table.add_row("basis", rule.basis)
    table.add_row("statement", rule.statement)
    for citation in rule.citations:
        table.add_row("cites", f"{citation.document}:{citation.lines} (sha256 {citation.sha256[:12]}…)")
    for label, text in (("source", rule.source), ("note", rule.note)):
        if text:
            table.add_row(label, text)
    for use in uses or ["no place in openapi.yaml or behaviour.yaml"]:
        table.add_row("used in", use)
    _console().print(table)


def _uses(spec: Spec, rule: str) -> Iterator[str]:
    for file, data in (("openapi.yaml", spec.openapi), ("behaviour.yaml", spec.behaviour.raw)):
        for place, used in rule_references(data):
            if used == rule:
                yield f"{file} {dotted(place)}"


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _console() -> Any:
    from rich.console import Console

    return Console(markup=False, highlight=False)


def _table(*columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _grid() -> Any:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    return table
