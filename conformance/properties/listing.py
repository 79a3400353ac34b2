"""Properties about listing jobs, where a provider lists them: whole, or an error that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from . import nuisances
from .judging import told_as
from .record import Property

_LISTING: Final = ("gmicloud",)  # whose clients may list jobs
_NO_LIST: Final[tuple[nuisances.Fault, ...]] = (
    {"kind": "reset"},
    {"kind": "edge-page"},
    {"kind": "problem", "problem": "key-unknown"},
    {"kind": "problem", "problem": "unavailable"},
    {"kind": "empty"},
    {"kind": "not-json", "text": "null"},
    {"kind": "not-json", "text": '{"requests": null}'},
)


def _refused(space: Space) -> Any:
    faults = nuisances.repeated([{**fault, "operation": "list"} for fault in _NO_LIST], None)
    return space.scenarios(
        calls=(Call(op="list"),), faults=space.st.sampled_from(faults), deadline=120.0, seconds=2.0, readings={}
    )


def _without_right(space: Space) -> Any:
    fault = {"kind": "problem", "problem": "key-unknown", "operation": "list", "times": None}
    return space.scenarios(calls=(Call(op="list"),), faults=space.st.just((fault,)), deadline=120.0, readings={})


def _after_jobs(space: Space) -> Any:
    some = space.st.integers(1, 3).map(lambda count: tuple(Call(Wish(f"kite {number}")) for number in range(count)))
    faults = space.st.sampled_from(((), ({"kind": "failed", "operation": "submit", "times": 1},)))
    return space.scenarios(
        calls=some.map(lambda calls: (*calls, Call(op="list"))), faults=faults, seconds=2.0, readings={}
    )


def told(run: Run) -> Ruling:
    """A list that never comes is an error with a category, not an empty list."""
    if not run.of_role("list"):
        return None
    outcome = run.outcome
    if outcome.kind == "result":
        return f"no list of jobs ever came, but the call ended well, with {outcome.listing!r}"
    if outcome.kind == "error" and outcome.category is None:
        return f"no list of jobs came, and the call ended with {outcome.described()}; expected is a category"
    return FINE


def told_as_refused(run: Run) -> Ruling:
    """A list that is refused because of the key is told as such."""
    return told_as(run.outcome, ("auth",)) if run.of_role("list") else None


def whole(run: Run) -> Ruling:
    """Every job of the account is in the list."""
    outcome = run.outcomes[-1]
    if outcome.kind == "error" and any(seen.clean and seen.accepted for seen in run.of_role("list")):
        return f"the provider listed {len(run.jobs)} jobs, and the call ended with {outcome.described()}"
    if outcome.kind != "result" or not run.jobs:
        return None
    if not _is_readable(outcome.listing):
        return FINE if outcome.listing else None  # no document says what a list looks like
    said = repr(outcome.listing)
    missing = [job.id for job in run.jobs if job.id not in said]
    if missing:
        return (
            f"the account has {len(run.jobs)} jobs; {missing[0]} is not in the list, which has {len(outcome.listing)}"
        )
    return FINE


def _is_readable(listing: Any) -> bool:
    rows = [listing] if isinstance(listing, Mapping) else listing
    return isinstance(rows, list | tuple) and all(isinstance(row, Mapping | str) for row in rows)


PROPERTIES: Final = (
    Property(
        "house.errors.listing", "house.errors.typed", _refused, told, frozenset({"list"}), examples=7,
        providers=_LISTING,
        why="An empty list where there was an error hides jobs that are paid, and somebody orders them again.",
    ),
    Property(
        "house.errors.listing-refused", "house.errors.by-status", _without_right, told_as_refused,
        frozenset({"list"}), examples=1, providers=_LISTING,
        why="Who is told that the list makes no sense does not look at the key.",
    ),
    Property(
        "house.results.list-whole", "house.results.list-whole", _after_jobs, whole, frozenset({"list"}), examples=5,
        providers=_LISTING,
        why="The list is where jobs are found again whose ids were lost; one that is not in it is lost for good.",
    ),
)  # fmt: skip
