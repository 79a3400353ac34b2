"""What is sent to a gateway to try its OpenAPI file: requests as data, few enough for all of them to be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .document import Document, Operation, document_of
from .readings import is_wrong, mistakes_in, trimmed
from .request import Kind, Request, is_json, request_of, scenario_of, torn

if TYPE_CHECKING:
    import jsonschema_rs

    from .generator import AnyCase, AnyOperation

_MOST: Final[Mapping[Kind, int]] = {"right": 20, "wrong": 60, "method": 42, "label": 6}
_DRAWN_WRONG: Final = 3  # per operation with a body, beside those that are known
_ALIKE: Final = 5  # that are looked at of those that are wrong in one way at one place
_MODELS: Final = ("model", "model_id")  # names of what says which model is asked for
_ASKED_BY_BROWSERS: Final = "OPTIONS"  # whatever a file says
_SHAPES: Final[Mapping[str, Kind]] = {
    "unspecified_http_method": "method", "malformed_content_type": "label", "unsupported_content_type": "label",
}  # fmt: skip


@lru_cache(maxsize=16)
def deck(text: str, model: str, seed: int, effort: float) -> tuple[Request, ...]:
    """The requests for a file, small ones first. They ask for this model where they can.

    `effort` multiplies their number.
    """
    from .generator import operations

    document, known = document_of(text), operations(text)
    bodies = sum(map(_has_body, known)) or 1
    share = max(2, round(_MOST["right"] * effort / bodies))
    made: list[Request | None] = []
    for operation in known:
        made += _right(operation, document, model, seed, share)
        made += _wrong(operation, document, model, seed)
    kept: list[Request] = []
    for kind, most in _MOST.items():
        of_kind = {(each.method, each.path, each.body): each for each in made if each and each.kind == kind}
        kept += _spread(list(of_kind.values()), max(1, round(most * effort)), Random(seed))
    return tuple(sorted(kept, key=lambda each: (each.size, each.label, each.case)))


def _right(operation: AnyOperation, document: Document, model: str, seed: int, count: int) -> Iterator[Request | None]:
    """Requests that the file allows, and one of them that breaks off."""
    from .generator import right_cases

    has_body = _has_body(operation)
    for number, case in enumerate(right_cases(operation, seed, count if has_body else 2)):
        if has_body or number % 2 == 0:
            _ask_for(case, model, document)
        made = request_of("right", case)
        yield made
        if made is not None and number == 0:
            yield torn(made)


def _wrong(operation: AnyOperation, document: Document, model: str, seed: int) -> Iterator[Request | None]:
    """Requests that the file does not allow, or does not have."""
    from .generator import wrong_cases

    seen: Counter[str] = Counter()
    for case in wrong_cases(operation, seed, _DRAWN_WRONG):
        kind = _SHAPES.get(scenario_of(case), "wrong")
        data = case.meta.phase.data if case.meta else None
        way = f"{scenario_of(case)} {data and data.location} {case.method}"
        seen[way] += 1
        if seen[way] > _ALIKE or (kind == "method" and case.method == _ASKED_BY_BROWSERS):
            continue
        _without_optional_headers(case)
        if kind != "wrong" or _is_certainly_wrong(case, document):
            _ask_for(case, model, document)
            yield request_of(kind, case)


def _is_certainly_wrong(case: AnyCase, document: Document) -> bool:
    """Whether nobody could take the request for a right one; its body is left with what is wrong.

    What is wrong with a parameter is not looked at, for they are texts that are read in many ways; that one is
    missing is.
    """
    from schemathesis.core import NOT_SET

    is_missing = scenario_of(case) == "missing_parameter"
    validator = _validator(case, document)
    if case.body is NOT_SET:
        operation = _operation(case, document)
        return is_missing and (operation is None or not operation.bodies or operation.needs_body)
    if is_missing or validator is None:
        return is_missing
    if isinstance(case.body, bytes):
        return not is_json(case.body)
    if not is_wrong(case.body, validator):
        return False
    case.body = trimmed(case.body, validator)
    return True


def _ask_for(case: AnyCase, model: str, document: Document) -> None:
    """Ask for a model that there is, so that a request is not refused for that alone."""
    for name in _MODELS:
        if name in case.path_parameters:
            case.path_parameters = {**case.path_parameters, name: quote(model, safe="")}
    validator = _validator(case, document)
    if validator is None or not isinstance(case.body, dict) or not isinstance(case.body.get("model"), str):
        return
    body = {**case.body, "model": model}
    before, after = mistakes_in(case.body, validator), mistakes_in(body, validator)
    if after <= before and bool(after) == bool(before):
        case.body = body


def _without_optional_headers(case: AnyCase) -> None:
    """Leave out what has nothing to do with what is tried."""
    for parameter in case.operation.headers:
        if not parameter.is_required:
            case.headers.pop(parameter.name, None)


def _validator(case: AnyCase, document: Document) -> jsonschema_rs.Validator | None:
    operation = _operation(case, document)
    pointer = operation.bodies.get(case.media_type or "") if operation else None
    return document.schemas.validator(pointer, "request") if pointer else None


def _operation(case: AnyCase, document: Document) -> Operation | None:
    return next((each for each in document.operations if each.label == case.operation.label), None)


def _has_body(operation: Any) -> bool:
    return bool(list(operation.body))


def _spread(requests: Sequence[Request], most: int, random: Random) -> list[Request]:
    """So many of them, as different as can be: one for each thing to be wrong with, then more."""
    groups: dict[str, list[Request]] = {}
    for each in requests:
        groups.setdefault(each.subject, []).append(each)
    for group in groups.values():
        random.shuffle(group)
    chosen: list[Request] = []
    while len(chosen) < most and any(groups.values()):
        one_of_each = [group.pop() for group in groups.values() if group]
        random.shuffle(one_of_each)
        chosen += one_of_each
    return chosen[:most]
