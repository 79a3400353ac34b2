"""The pytest plugin: the five providers as fixtures, on virtual time. Nothing heavy is imported until one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from . import conformance

if TYPE_CHECKING:
    from .handle import Mark, ProviderHandle, TenantHandle
    from .stage import Stage

_MARKERS = (
    'scenario(name, *, provider=None): arm a named scenario, such as "bad-gateway-burst", for this test',
    "conformance: a check of the client that --conformance names",
    'safelight(clock="virtual" | "real" | "x20", seed=0, progress="time"): how the simulator runs in this test',
)
_STAGE: pytest.StashKey[Stage] = pytest.StashKey()
_MARKS: pytest.StashKey[list[Mark]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the suite."""
    conformance.add_options(parser)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the simulator, if one was started."""
    conformance.close(config)
    stage = config.stash.get(_STAGE, None)
    if stage is not None:
        stage.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Collect the checks, if a client is named, before anybody selects among the items.

    Tests that use a fixture for the whole session live in virtual time before anything is set up with it.
    """
    conformance.collect(session, items)
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "safelight_session" in names:
            names.insert(0, "safelight_time")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Live in virtual time from the fixture on, but for what pytest does between the phases of a test."""
    yield from _phase(item)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test in virtual time."""
    yield from _phase(item)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Finalise in virtual time what was set up in it."""
    yield from _phase(item)


def _phase(item: pytest.Item) -> Iterator[None]:
    stage = item.config.stash.get(_STAGE, None)
    if stage is not None:
        stage.enter()
    try:
        yield
    finally:
        stage = item.config.stash.get(_STAGE, None)
        if stage is not None:
            stage.leave()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the wire transcript beside a failed test."""
    report = yield
    if report.failed and call.when == "call":
        for mark in item.stash.get(_MARKS, []):
            report.sections.append((f"safelight transcript of tenant {mark.tenant.tag}", mark.transcript()))
    return report


def stage_of(config: pytest.Config) -> Stage:
    """The session's simulator, started on first use."""
    from .stage import Stage

    stage = config.stash.get(_STAGE, None)
    if stage is None:
        stage = config.stash[_STAGE] = Stage()
    return stage


@contextmanager
def _plainly(*kinds: type[Exception]) -> Iterator[None]:
    """Fail with the sentence of such an error alone: nobody is helped by where in Safelight it arose."""
    try:
        yield
    except kinds as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _watch(item: pytest.Item, mark: Mark) -> None:
    item.stash.setdefault(_MARKS, []).append(mark)


@pytest.fixture
def safelight_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Virtual time for this test, for what is set up after it and for every thread and loop they start."""
    from ..virtual.guests import UnsupportedLoop
    from .async_tests import check_backend, wrap_coroutine
    from .options import BadMarker, options_of

    with _plainly(BadMarker, UnsupportedLoop):
        virtual = options_of(request.node).rate is None
        if virtual:
            check_backend(request)
    if not virtual:
        yield
        return
    wrap_coroutine(request.node)
    with stage_of(request.config).on():
        if "safelight_session" in request.fixturenames:
            _watch(request.node, request.getfixturevalue("safelight_session").mark())
        yield


@pytest.fixture(scope="session")
def safelight_session(request: pytest.FixtureRequest) -> Iterator[TenantHandle]:
    """One tenant for the whole session: all five providers, one clock, one ledger."""
    from .handle import open_tenant

    with open_tenant(stage_of(request.config)) as handle:
        yield handle


@pytest.fixture
def safelight(request: pytest.FixtureRequest, safelight_time: None) -> Iterator[TenantHandle]:
    """A tenant of this test: all five providers, one clock, one ledger."""
    from .handle import open_tenant
    from .options import BadMarker

    with ExitStack() as stack:
        with _plainly(BadMarker):
            handle = stack.enter_context(open_tenant(stage_of(request.config), request.node))
        _watch(request.node, handle.birth)
        yield handle


@pytest.fixture
def reapi(safelight: TenantHandle) -> ProviderHandle:
    """reAPI in a tenant of this test."""
    return safelight.provider("reapi")


@pytest.fixture
def threedai(safelight: TenantHandle) -> ProviderHandle:
    """3D AI Studio in a tenant of this test."""
    return safelight.provider("threedai")


@pytest.fixture
def gmicloud(safelight: TenantHandle) -> ProviderHandle:
    """GMI Cloud in a tenant of this test."""
    return safelight.provider("gmicloud")


@pytest.fixture
def tokaify(safelight: TenantHandle) -> ProviderHandle:
    """Tokaify in a tenant of this test."""
    return safelight.provider("tokaify")


@pytest.fixture
def onemin(safelight: TenantHandle) -> ProviderHandle:
    """1min.ai in a tenant of this test."""
    return safelight.provider("onemin")


@pytest.fixture(scope="session")
def reapi_session(safelight_session: TenantHandle) -> ProviderHandle:
    """reAPI in the session's tenant."""
    return safelight_session.provider("reapi")


@pytest.fixture(scope="session")
def threedai_session(safelight_session: TenantHandle) -> ProviderHandle:
    """3D AI Studio in the session's tenant."""
    return safelight_session.provider("threedai")


@pytest.fixture(scope="session")
def gmicloud_session(safelight_session: TenantHandle) -> ProviderHandle:
    """GMI Cloud in the session's tenant."""
    return safelight_session.provider("gmicloud")


@pytest.fixture(scope="session")
def tokaify_session(safelight_session: TenantHandle) -> ProviderHandle:
    """Tokaify in the session's tenant."""
    return safelight_session.provider("tokaify")


@pytest.fixture(scope="session")
def onemin_session(safelight_session: TenantHandle) -> ProviderHandle:
    """1min.ai in the session's tenant."""
    return safelight_session.provider("onemin")
