"""Requests that Schemathesis makes of an OpenAPI file: right ones, wrong ones, and odd ones."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from .document import document_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from schemathesis import APIOperation, Case
    from schemathesis.specs.openapi.schemas import OpenApiSchema

AnyCase: TypeAlias = "Case[Any]"
AnyOperation: TypeAlias = "APIOperation[Any, Any, Any, Any]"

# The caller's key is put in when requests are sent, so none is made up here; nor is there a file of settings.
_SETTINGS: Final = {"generation": {"with-security-parameters": False}}
_ELSEWHERE: Final = "http://gateway.invalid"


@lru_cache(maxsize=4)
def loaded(text: str) -> OpenApiSchema:
    """A file as Schemathesis has it."""
    return _load(text)


def _load(text: str) -> OpenApiSchema:
    import schemathesis

    document = document_of(text)
    config = schemathesis.Config.from_dict(deepcopy(_SETTINGS))
    schema = schemathesis.openapi.from_dict(deepcopy(dict(document.data)), config=config)
    schema.config.update(base_url=f"{_ELSEWHERE}{document.base}")
    return schema


def operations(text: str) -> list[AnyOperation]:
    """Those that Schemathesis can read, in the order of the file; new ones, since it tries each odd method once."""
    found = (result.ok() for result in _load(text).get_all_operations() if not hasattr(result, "err"))
    return [each for each in found if each is not None]


def right_cases(operation: AnyOperation, seed: int, count: int) -> list[AnyCase]:
    """Requests that the file allows."""
    from schemathesis import GenerationMode

    return _drawn(lambda: operation.as_strategy(GenerationMode.POSITIVE), seed, count)


def wrong_cases(operation: AnyOperation, seed: int, count: int) -> Iterator[AnyCase]:
    """Requests that the file does not allow: one for each way to break it, and so many others.

    Requests with a method that the file does not have, and with an odd content type, are among them.
    """
    from schemathesis import GenerationMode

    schema = operation.schema
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generation = schema.config.generation_for(operation=operation, phase="coverage")
        yield from schema.iter_coverage_cases(
            operation, generation_modes=[GenerationMode.NEGATIVE], generation_config=generation,
            extra_data_source=None, error_feedback=None,
        )  # fmt: skip
    if list(operation.body):
        yield from _drawn(lambda: operation.as_strategy(GenerationMode.NEGATIVE), seed, count)


def _drawn(strategy: Callable[[], SearchStrategy[AnyCase]], seed: int, count: int) -> list[AnyCase]:
    """So many cases of a strategy; fewer where there are no more."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import HypothesisException

    found: list[AnyCase] = []
    configure = settings(
        max_examples=count, phases=(Phase.generate,), deadline=None, database=None, verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck), derandomize=False,
    )  # fmt: skip

    def keep(case: AnyCase) -> None:
        found.append(case)

    state = random.getstate()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            draw: Callable[[], None] = seeded(seed)(configure(given(strategy())(keep)))
            draw()
    except HypothesisException:
        pass  # nothing of that kind can be made of this operation
    finally:
        random.setstate(state)
    return found
