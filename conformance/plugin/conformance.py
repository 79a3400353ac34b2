"""`pytest --conformance pkg.mod:make`: every check of a client as an item, so that -k, -x, xdist and JUnit work.

`--conformance-gateway gateway.yaml` does the same for a gateway.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..suite.baseline import Baseline
    from ..suite.catalogue import Item
    from ..suite.results import CheckResult
    from ..suite.runner import Explorer

_SUITE: pytest.StashKey[Suite] = pytest.StashKey()


def add_options(parser: pytest.Parser) -> None:
    """The command line of the suite."""
    group = parser.getgroup("safelight", "checks of clients of image-generation providers")
    add = group.addoption
    add("--conformance", metavar="PKG.MOD:NAME", help="Collect every check of the client that this factory makes.")
    add("--conformance-gateway", metavar="FILE", help="Collect every check of the gateway that this file describes.")
    add("--conformance-provider", action="append", default=[], metavar="NAME", help="Only this provider's; repeatable.")
    add("--conformance-seed", type=int, default=0, metavar="N", help="Explore other scenarios.")
    add("--conformance-examples", type=int, metavar="N", help="Scenarios per check; each has its own number.")
    add("--conformance-baseline", type=Path, metavar="FILE", help="Checks that are known to fail.")
    add("--conformance-requirements", default="latest", metavar="SET", help="A frozen set of checks, such as 2026.1.")


def collect(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add an item per check to what was collected, if a client or a gateway is named."""
    named = _subject_named(session.config)
    if named is None:
        return
    name = next(iter(named.values()))
    try:
        suite = session.config.stash[_SUITE] = Suite(session.config, named)
        found = suite.items()
    except ImportError as error:
        raise pytest.UsageError(
            f"--conformance needs the suite, but {error.name} is missing; pip install 'safelight[check]'"
        ) from None
    except Exception as error:
        if not suite_error(error):
            raise
        raise pytest.UsageError(str(error)) from None
    subject = SubjectNode.from_parent(session, name=name, nodeid=name)
    for provider in dict.fromkeys(item.provider for item in found):
        node = SubjectNode.from_parent(subject, name=provider)
        items += [
            CheckItem.from_parent(node, name=item.check.id, item=item) for item in found if item.provider == provider
        ]


def _subject_named(config: pytest.Config) -> dict[str, str] | None:
    """The description of what is to be judged; None for nothing. Raises pytest.UsageError for two of them."""
    options = {"factory": "--conformance", "gateway": "--conformance-gateway"}
    named = {kind: str(value) for kind, option in options.items() if (value := config.getoption(option)) is not None}
    if len(named) > 1:
        raise pytest.UsageError("--conformance and --conformance-gateway name two things to judge; one at a time")
    return named or None


def close(config: pytest.Config) -> None:
    """Stop the simulator of the suite, if it was started."""
    suite = config.stash.get(_SUITE, None)
    if suite is not None:
        suite.close()


def suite_error(error: Exception) -> bool:
    """Whether an error is one sentence for whoever named the client or wrote its files."""
    from ..subjects.errors import SubjectError
    from ..suite.baseline import BadBaseline
    from ..suite.requirements import UnknownRequirements

    return isinstance(error, SubjectError | BadBaseline | UnknownRequirements | OSError)


class Suite:
    """What is under test in one pytest session; its simulator is started with the first item."""

    def __init__(self, config: pytest.Config, described: Mapping[str, str]) -> None:
        from ..suite.described import subject_described
        from ..suite.judging import Order
        from ..suite.runner import Plan

        option = config.getoption
        self.described = described
        self.subject = subject_described(described)
        self.order = Order(
            providers=tuple(option("--conformance-provider")),
            requirements=option("--conformance-requirements"),
            baseline=_baseline(option("--conformance-baseline")),
            plan=Plan(option("--conformance-seed"), option("--conformance-examples"), budget=inf),
        )
        self._stack = ExitStack()
        self._explorer: Explorer | None = None
        self._broken: Exception | None = None

    def items(self) -> list[Item]:
        """What is collected: checks of all providers that the client names, or of all there are."""
        from ..suite.judging import plan_items

        return plan_items(self.subject, self.order)

    def judge(self, item: Item) -> CheckResult:
        """The result of one item. Raises SubjectError."""
        from ..subjects.errors import SubjectError

        if self._broken is not None:
            raise self._broken
        try:
            result = self._started().judge(item)
        except SubjectError as error:
            self._broken = error
            raise
        [known] = self.order.baseline.applied([result], datetime.now(UTC).date())
        return known

    def serves(self, provider: str) -> bool:
        """Whether the client takes a plain call for a provider. Raises SubjectError."""
        self._started()
        return provider in self._served

    def close(self) -> None:
        """End what was started."""
        self._stack.close()

    def _started(self) -> Explorer:
        from ..engine.engine import Engine
        from ..suite.judging import providers_of
        from ..suite.runner import Explorer
        from ..suite.smoke import smoke_test

        if self._explorer is None:
            engine = self._stack.enter_context(Engine(self.subject))
            capabilities = self.subject.capabilities
            wanted = providers_of(capabilities, self.order)
            self._served = smoke_test(engine, wanted, declared=bool(capabilities.providers))
            self._explorer = Explorer(engine, self.order.plan)
        return self._explorer


class SubjectNode(pytest.Collector):
    """A client or a gateway, and under it each provider."""

    def collect(self) -> Iterator[pytest.Item]:
        """Nothing beyond what is made at the start."""
        return iter(())


class CheckItem(pytest.Item):
    """One check of the client of one provider."""

    def __init__(self, *, item: Item, **options: Any) -> None:
        super().__init__(**options)
        self.item = item
        self.add_marker(pytest.mark.conformance)

    def runtest(self) -> None:
        """Judge, and say what came of it in pytest's words."""
        suite = self.config.stash[_SUITE]
        if not suite.serves(self.item.provider):
            pytest.skip(f"it does not take {self.item.provider}")
        result = suite.judge(self.item)
        self.user_properties.append(("level", result.level))
        if result.status == "not-applicable":
            pytest.skip(result.note)
        if result.status == "expected-fail":
            pytest.xfail(result.note)
        if result.status == "warn":
            self.add_report_section("call", "safelight warning", _failure_text(result, self._described))
        elif result.status != "pass":
            raise CheckFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure as the command line shows it, or the sentence about the adapter."""
        if isinstance(excinfo.value, CheckFailed):
            return _failure_text(excinfo.value.result, self._described)
        if isinstance(excinfo.value, Exception) and suite_error(excinfo.value):
            return f"{'the gateway' if 'gateway' in self._described else 'the adapter'}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    @property
    def _described(self) -> Mapping[str, str]:
        return self.config.stash[_SUITE].described

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What reports call it."""
        return Path("safelight"), None, f"{self.item.provider}: {self.item.check.id}"


class CheckFailed(AssertionError):
    """A check found something."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.counterexample.sentence if result.counterexample else result.note)
        self.result = result


def _failure_text(result: CheckResult, described: Mapping[str, str]) -> str:
    from ..reports.prose import failure_text

    named = ["--conformance-gateway" if "gateway" in described else "--conformance", *described.values()]
    return failure_text(result, shlex.join(["pytest", *named, "-k", result.id]))


def _baseline(path: Path | None) -> Baseline:
    from ..suite.baseline import Baseline, read_baseline

    return Baseline() if path is None else read_baseline(path)
