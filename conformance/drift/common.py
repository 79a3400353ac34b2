"""What is asked and judged of every provider alike, derived from its spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...specs import Operation, Spec
from ...specs.openapi import resolve
from ..suite.results import Level
from .judges import refused, served, status_among
from .record import SUBMITS, Drift, Judge, Probe, Sheet
from .task_judges import accepted, forward, polls_served, strangers_refused

NOWHERE: Final = "/safelight/no-such-path"
_NOBODY: Final = "00000000000040008000000000000000"  # the digits of an id that nobody has
UNSEEN: Final = "The image was paid for and cannot be seen."
NO_TYPE: Final = "A client that goes by the media type does not read the answer."
_UNDERSTOOD: Final = "A client written by the document does not understand this server."


def wrong_key(spec: Spec) -> str:
    """A key that looks like one of the provider's and is none."""
    return f"{spec.behaviour.raw['keys']['prefix']}{_NOBODY}"


def links(spec: Spec, submit: Operation) -> tuple[str, str]:
    """The path parameter of a poll, and the field of the submit's answer that goes there."""
    response = resolve(spec.openapi, _raw(spec, submit)["responses"]["200"])
    link = resolve(spec.openapi, response["links"]["poll"])
    [(name, expression)] = link["parameters"].items()
    return name, expression.removeprefix("$response.body#/").replace("/", ".")


def probes_of(spec: Spec, sheet: Sheet) -> tuple[Probe, ...]:
    """The free requests to a provider, those that could become a job last."""
    return (*_reads(spec), *_polls(spec), *_strangers(spec, sheet), _nowhere(spec), *_submits(spec, sheet))


def checks_of(spec: Spec, sheet: Sheet) -> list[Drift]:
    """The checks that every provider has, then those of its sheet."""
    found = [*_of_probes(spec, sheet), *_of_orders(spec), *sheet.checks]
    assert len({check.id for check in found}) == len(found), "an id is given once"
    return found


def check(provider: str, slug: str, rule: str, judge: Judge, *, level: Level | None = None, why: str = "") -> Drift:
    """A check on the answers to orders, with the rule as `area.slug`."""
    return Drift(f"{provider}.drift.{slug}", f"{provider}.{rule}", judge, why or _UNDERSTOOD, paid=True, level=level)


def free(provider: str, slug: str, rule: str, judge: Judge, *, level: Level | None = None, why: str = "") -> Drift:
    """A check on the answers to free probes, with the rule as `area.slug`."""
    return Drift(f"{provider}.drift.{slug}", f"{provider}.{rule}", judge, why or _UNDERSTOOD, level=level)


def _of_probes(spec: Spec, sheet: Sheet) -> Iterator[Drift]:
    problems = spec.behaviour.problems
    for names, probe in _read_at(spec):
        id = f"{spec.name}.drift.{probe.name}"
        yield Drift(id, probe.rule, served(names), "What the document offers is not there.")
    for probe in probes_of(spec, sheet):
        id = f"{spec.name}.drift.{probe.name}"
        if probe.problem is None:
            continue
        why = "A server that takes what the document refuses charges for mistakes, or serves strangers."
        yield Drift(id, probe.rule, refused(probe.name, probe.status), why, level=probe.level)
        if probe.status is None:
            row = problems[probe.problem]
            allowed = {row.status}
            if _is_submit(spec, probe):  # whether key or body is looked at first, no document says
                allowed.add(problems["parameter-missing"].status)
            why = "A client that tells errors apart by their status takes this one for another."
            yield Drift(f"{id}-status", row.rule, status_among(probe.name, allowed), why, level="SHOULD")


def _of_orders(spec: Spec) -> Iterator[Drift]:
    submit = _role(spec, SUBMITS)
    poll = _role(spec, "poll")
    endpoint = _raw(spec, submit)["x-safelight-rule"]
    refuses = "A documented request makes no image here."
    yield Drift(f"{spec.name}.drift.submit-accepted", endpoint, accepted(), refuses, paid=True, level="MUST")
    if poll is None:
        return
    path = _raw(spec, poll)["x-safelight-rule"]
    lost = "An image that was paid for cannot be had."
    yield Drift(f"{spec.name}.drift.poll-served", path, polls_served(), lost, paid=True)
    back = "A client that remembers how far a task was is confused, and its users with it."
    yield Drift(f"{spec.name}.drift.never-back", _states_rule(spec), forward(), back, paid=True, level="HOUSE")
    seen = "Whoever guesses an id sees what others ordered."
    yield Drift(f"{spec.name}.drift.task-private", _auth(spec), strangers_refused(), seen, paid=True)


def _reads(spec: Spec) -> Iterator[Probe]:
    for operation in spec.operations:
        if operation.role in ("list", "models") and not operation.extension:
            rule = _raw(spec, operation)["x-safelight-rule"]
            yield Probe(operation.id.replace("_", "-"), operation.id, rule)


def _read_at(spec: Spec) -> Iterator[tuple[list[str], Probe]]:
    """What can be read, with the probes of all the paths that a document which contradicts itself has for it."""
    probes = list(_reads(spec))
    handlers = [spec.operation(probe.operation or "").handler for probe in probes]
    for handler in dict.fromkeys(handlers):
        alike = [probe for probe, each in zip(probes, handlers, strict=True) if each == handler]
        yield [probe.name for probe in alike], alike[0]


def _polls(spec: Spec) -> Iterator[Probe]:
    poll = _role(spec, "poll")
    if poll is None:
        return
    template = spec.behaviour.identifiers["job"]
    uuid = "-".join((_NOBODY[:8], _NOBODY[8:12], _NOBODY[12:16], _NOBODY[16:20], _NOBODY[20:]))
    params = {poll.parameters[0].name: template.replace("{hex}", _NOBODY).replace("{uuid}", uuid)}
    rule = spec.behaviour.problems["job-unknown"].rule
    yield Probe("unknown-task", poll.id, rule, problem="job-unknown", params=params, level="HOUSE")
    yield Probe("poll-without-key", poll.id, _auth(spec), "none", "key-missing", params=params)
    yield Probe("poll-with-wrong-key", poll.id, _auth(spec), "wrong", "key-unknown", params=params)


def _strangers(spec: Spec, sheet: Sheet) -> Iterator[Probe]:
    """With a body that is refused in any case, lest a server that takes any key makes an image of it."""
    submit = sheet.orders[0].operation
    yield Probe("submit-without-key", submit, _auth(spec), "none", "key-missing", body=sheet.missing)
    yield Probe("submit-with-wrong-key", submit, _auth(spec), "wrong", "key-unknown", body=sheet.missing)


def _nowhere(spec: Spec) -> Probe:
    rule = spec.behaviour.problems["route-unknown"].rule
    return Probe("unknown-path", None, rule, problem="route-unknown", level="SHOULD")


def _submits(spec: Spec, sheet: Sheet) -> Iterator[Probe]:
    yield from sheet.probes


def _is_submit(spec: Spec, probe: Probe) -> bool:
    return probe.operation is not None and spec.operation(probe.operation).role == SUBMITS


def _role(spec: Spec, role: str) -> Any:
    return next((operation for operation in spec.operations if operation.role == role), None)


def _raw(spec: Spec, operation: Operation) -> Any:
    return spec.openapi["paths"][operation.path][operation.method.lower()]


def _auth(spec: Spec) -> str:
    scheme = spec.operations[0].security[0].name
    rule: str = spec.openapi["components"]["securitySchemes"][scheme]["x-safelight-rule"]
    return rule


def _states_rule(spec: Spec) -> str:
    rule: str = spec.behaviour.raw["states"]["rule"]
    return rule
