"""The corpus of innocents: correct but odd clients and gateways that no check may accuse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ..engine.engine import Engine
from ..gateway_innocents import FILES
from ..subjects.base import Subject
from ..subjects.errors import SubjectError
from ..suite.judging import Order, judge_subject
from ..suite.results import Report
from ..suite.runner import Plan

ADAPTERS: Final = Path(__file__).parents[1] / "adapters"
REFERENCE_GATEWAY: Final = Path(__file__).parents[1] / "reference_gateway"
ACCUSED: Final = ("fail", "warn", "not-exercised", "adapter-error")


@dataclass(frozen=True, slots=True)
class Innocent:
    """A client that follows the documents. `tools` are the programs it takes, `factor` how much of it is explored."""

    name: str
    make: Callable[[], Subject]
    tools: tuple[str, ...] = ()
    factor: float = 1.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The tools that this machine lacks."""
        return tuple(tool for tool in self.tools if shutil.which(tool) is None)


@dataclass(frozen=True, slots=True)
class Acquittal:
    """What came of judging an innocent: what accused it, in how many checks that had something to judge."""

    innocent: str
    checks: int
    accusations: tuple[str, ...]
    skipped: str = ""


def _factory(name: str) -> Callable[[], Subject]:
    def make() -> Subject:
        from ..subjects.python import FactorySubject

        return FactorySubject.load(name)

    return make


def _adapter(command: str) -> Callable[[], Subject]:
    def make() -> Subject:
        from ..subjects.process import ProcessSubject

        return ProcessSubject(command)

    return make


def _command(command: str) -> Callable[[], Subject]:
    def make() -> Subject:
        from ..subjects.command import CommandSubject

        return CommandSubject(command)

    return make


def _gateway(file: Path) -> Callable[[], Subject]:
    def make() -> Subject:
        from ..suite.described import subject_described

        return subject_described({"kind": "gateway", "gateway": str(file)})

    return make


_CORPUS: Final = (
    Innocent("reference", _factory("safelight.conformance.reference:make"), factor=0.3),
    Innocent("requests", _factory("safelight.conformance.innocents.requests_client:make"), factor=0.2),
    Innocent("httpx-sync", _factory("safelight.conformance.innocents.httpx_sync:make"), factor=0.12),
    Innocent("httpx-async", _factory("safelight.conformance.innocents.httpx_async:make"), factor=0.2),
    Innocent("urllib", _factory("safelight.conformance.innocents.urllib_client:make"), factor=0.2),
    Innocent("node", _adapter(f"node {ADAPTERS / 'node.mjs'}"), ("node",), 0.15),
    Innocent("template", _factory("safelight.conformance.adapters.template:make"), factor=0.2),
    Innocent("reference-gateway", _gateway(REFERENCE_GATEWAY / "gateway.yaml"), factor=0.15),
    Innocent("node-gateway", _gateway(FILES["node"]), ("node",), 0.05),
    Innocent("synchronous-gateway", _gateway(FILES["synchronous"]), factor=0.1),
    Innocent("curl", _command(f"bash {ADAPTERS / 'curl.sh'} {{op}}"), ("bash", "curl", "jq"), 0.03),
)


def innocents() -> Mapping[str, Innocent]:
    """The corpus by name."""
    return {each.name: each for each in _CORPUS}


def acquit(name: str, seed: int = 0, thoroughness: float = 1.0) -> Acquittal:
    """Judge the innocent of this name, on `thoroughness` times as many scenarios as usual."""
    innocent = innocents()[name]
    if innocent.missing:
        return Acquittal(name, 0, (), f"{', '.join(innocent.missing)} is not installed")
    plan = Plan(seed=seed, factor=innocent.factor * thoroughness, shrink=False)
    try:
        with Engine(innocent.make()) as engine:
            report = judge_subject(engine, Order(plan=plan), date.today())
    except ImportError as error:
        return Acquittal(name, 0, (), f"{error.name} is not installed")
    except SubjectError as error:
        return Acquittal(name, 0, (str(error),))
    return Acquittal(name, sum(result.examples > 0 for result in report.results), _accusations(report))


def _accusations(report: Report) -> tuple[str, ...]:
    return tuple(
        f"{each.name}: {each.counterexample.sentence if each.counterexample else each.note}"
        for each in report.of_status(*ACCUSED)
    )
