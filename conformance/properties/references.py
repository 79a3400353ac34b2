"""Properties about references that a client fetches by itself, since the provider takes no URLs."""

from __future__ import annotations

from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..scenarios.model import Picture
from ..scenarios.space import Space
from .record import Property

_FETCHING: Final = ("threedai", "tokaify")  # whose providers take bytes
_GONE: Final = ("{gallery}/gone.png", "http://127.0.0.1:9/closed.png", "http://[")
_NOT_THERE: Final = ("{gallery}/lapsed/5-64x64.png", "{gallery}/gone.png")  # the first 404 has a picture as its body
_FORMATS: Final = ("png", "jpeg", "webp")


def _gone(space: Space) -> Any:
    images = space.st.sampled_from([(Picture(url=url),) for url in _GONE])
    return space.scenarios(wish=space.plain(images=images), seconds=2.0, readings={})


def _there(space: Space) -> Any:
    images = space.st.sampled_from([(Picture(format=each, seed=7),) for each in _FORMATS])
    return space.scenarios(wish=space.plain(images=images), seconds=2.0, readings={})


def _not_there(space: Space) -> Any:
    images = space.st.sampled_from([(Picture(url=url),) for url in _NOT_THERE])
    return space.scenarios(wish=space.plain(images=images), seconds=2.0, readings={})


def told(run: Run) -> Ruling:
    """The caller is told in an error with a category that a reference can't be had."""
    outcome = run.outcome
    if outcome.kind == "error" and outcome.category is None:
        return (
            f"a reference could not be fetched, and the call ended with {outcome.described()}; expected is a category"
        )
    return FINE


def fetched(run: Run) -> Ruling:
    """Who asks for a reference that is there gets it, and the call ends well."""
    if not run.visits:
        return None
    if run.outcome.kind == "result":
        return FINE
    visit = run.visits[0]
    return (
        f"the reference lies at {visit.path} for whoever asks with GET; the client asked for it with {visit.method}, "
        f"and the call ended with {run.outcome.described()}"
    )


def not_sent(run: Run) -> Ruling:
    """Nothing is submitted for a reference that was answered with 404."""
    if not run.visits:
        return None
    if run.submits:
        return f"the reference {run.visits[0].path} was answered with 404, and a job was submitted all the same"
    return FINE


PROPERTIES: Final = (
    Property(
        "house.errors.reference-gone", "house.errors.typed", _gone, told, frozenset({"url-images"}), examples=3,
        providers=_FETCHING,
        why="URLs of references lapse every day; an HTTP library's exception does not say whose fault it was.",
    ),
    Property(
        "house.references.fetched", "house.references.fetched", _there, fetched, frozenset({"url-images"}), examples=3,
        providers=_FETCHING,
        why="A client that says that it takes URLs is given nothing else.",
    ),
    Property(
        "house.references.gone-not-sent", "house.references.gone-not-sent", _not_there, not_sent,
        frozenset({"url-images"}), examples=2, providers=_FETCHING,
        why="What stands in the place of a picture that has lapsed is drawn from, and the result is paid for.",
    ),
)  # fmt: skip
