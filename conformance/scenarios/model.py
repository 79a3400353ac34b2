"""A scenario as data: the calls to a client, the life of its jobs, what goes wrong, and how the document is taken.

It can be written to a file and read again, and the same scenario gives the same exchanges.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, Self

Operation = Literal["generate", "list", "resume", "submit", "status", "models", "send"]
KeyOf = Literal["own", "other", "wrong", "none", "empty", "shorter", "longer", "recased"]

SUCCEEDED: Final = "succeeded"


class BadScenario(ValueError):
    """A document that is no scenario; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A reference image to hand over, as a URL or as bytes; sizes in pixels.

    `seed` makes its content. A `url` of its own stands in the place of one that the harness serves.
    """

    by: Literal["url", "bytes"] = "url"
    format: str = "png"
    width: int = 64
    height: int = 64
    seed: int = 0
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client is asked for; None is not asked for. `images` are references."""

    prompt: str = "a red kite"
    ratio: str | None = None
    resolution: str | None = None
    count: int | None = None
    images: tuple[Picture, ...] = ()
    output_format: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is made to a gateway, beyond what is wished for.

    Args:
        key: Whose key goes along: that of the usual caller, of another one, one that is nobody's, or none. Nobody's
            are also an empty one, and the usual one with a character less or more, or with the other case.
        flow: `sync` or `async`, where the gateway has both ways to ask for images; its usual one where empty.
        model: The model to ask for. None is the one that leads to the scenario's provider, an empty word the one
            that leaves the choice of a provider to the gateway.
        form: How images are to be handed over; None is not asked for.
        idempotency: What marks repetitions of one request, where the gateway takes such a mark.
        poll_every: Seconds between questions after a job; None for the usual number.
        job: The id of the job to ask for, where it is not that of an earlier call.
        extra: More fields for the body of the request.
        put: What stands in the request in the place of a wish, by the name of the placeholder, whatever it is; in a
            text `{model}` stands for the usual model.
        headers: More headers of the request.
        raw: The `method`, `path` or `body` (in Latin-1) of the request, in the place of the usual ones. With `send`
            it is all there is of them, and `case` what the generator of the request says of it, in JSON.
        listed: The model to ask for is that of this place in the list of models of an earlier call.
    """

    key: KeyOf = "own"
    flow: Literal["", "sync", "async"] = ""
    model: str | None = None
    form: Literal["url", "bytes"] | None = None
    idempotency: str | None = None
    poll_every: float | None = None
    job: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    put: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    listed: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the client.

    `follows` is the number of the earlier call whose conversation goes on, or whose job is resumed. The call is
    cancelled `cancel_after` seconds after its start. Before it starts, `wait` seconds pass. Gateways alone are asked
    to `submit` without waiting for the images, for the `status` of a job and for their `models`, or are sent what the
    `manner` has as `raw`, each in a `manner`.
    """

    wish: Wish = Wish()
    op: Operation = "generate"
    follows: int | None = None
    cancel_after: float | None = None
    wait: float = 0.0
    manner: Manner = Manner()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story with one provider.

    Args:
        provider: Its name.
        calls: Made one after another, or all at once if `together`.
        ending: How every job ends: `succeeded`, `cancelled`, `stuck`, `no-image`, `moderated-prompt`,
            `moderated-output` or a failure of the provider; those of `faults` go before it.
        seconds: How long every job takes; None for the provider's own times.
        faults: Documents of faults as the control API takes them.
        readings: Readings of the document by name without the provider; the others have their defaults.
        deadline: Seconds given to the client; None leaves it to its own.
        credits: On the account at the start; None for plenty.
        seed: Of the simulator.
    """

    provider: str
    calls: tuple[Call, ...] = (Call(),)
    together: bool = False
    ending: str = SUCCEEDED
    seconds: float | None = None
    faults: tuple[Mapping[str, Any], ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None
    credits: float | None = None
    seed: int = 0

    @property
    def wish(self) -> Wish:
        """What the first call asks for."""
        return self.calls[0].wish

    def as_json(self) -> dict[str, Any]:
        """Without what is as it is by default."""
        return _trimmed(asdict(self), asdict(type(self)(self.provider)), keep=("provider",))

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """The scenario of `as_json`. Raises BadScenario."""
        row = _row(cls, document, "the scenario")
        if not isinstance(row.get("provider"), str):
            raise BadScenario("the scenario names no provider")
        if "calls" in row:
            calls = _items(row["calls"], "calls")
            row["calls"] = tuple(_call(each, f"calls[{number}]") for number, each in enumerate(calls))
            if not calls:
                raise BadScenario("`calls` is empty; a scenario has at least one call")
        if "faults" in row:
            row["faults"] = tuple(_items(row["faults"], "faults"))
        return cls(**row)


def _call(document: Any, place: str) -> Call:
    row = _row(Call, document, place)
    if "wish" in row:
        wish = _row(Wish, row["wish"], f"{place}.wish")
        if "images" in wish:
            pictures = _items(wish["images"], f"{place}.wish.images")
            wish["images"] = tuple(Picture(**_row(Picture, each, f"{place}.wish.images")) for each in pictures)
        row["wish"] = Wish(**wish)
    if "manner" in row:
        row["manner"] = Manner(**_row(Manner, row["manner"], f"{place}.manner"))
    return Call(**row)


def _row(kind: type[Any], document: Any, place: str) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise BadScenario(f"{place} is to be an object, not {type(document).__name__}")
    known = [each.name for each in fields(kind)]
    for name in document:
        if name not in known:
            raise BadScenario(f"{place} has no field {name!r}; there are {', '.join(known)}")
    return dict(document)


def _items(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise BadScenario(f"`{place}` is to be a list, not {type(value).__name__}")
    return list(value)


def _trimmed(row: dict[str, Any], default: Mapping[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
    trimmed = {name: value for name, value in row.items() if name in keep or value != default[name]}
    if "calls" in trimmed:
        trimmed["calls"] = [_trimmed_call(call) for call in trimmed["calls"]]
    if "faults" in trimmed:
        trimmed["faults"] = [dict(fault) for fault in trimmed["faults"]]
    return trimmed


def _trimmed_call(call: dict[str, Any]) -> dict[str, Any]:
    trimmed = _trimmed(call, asdict(Call()))
    if "manner" in trimmed:
        trimmed["manner"] = _trimmed(trimmed["manner"], asdict(Manner()))
    if "wish" in trimmed:
        trimmed["wish"] = _trimmed(trimmed["wish"], asdict(Wish()), keep=("prompt",))
        if "images" in trimmed["wish"]:
            trimmed["wish"]["images"] = [
                _trimmed(picture, asdict(Picture()), keep=("by",)) for picture in trimmed["wish"]["images"]
            ]
    return trimmed
