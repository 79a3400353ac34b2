"""The pytest plugin: the five providers as fixtures, on virtual time. Nothing heavy is imported until one is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .handle import ProviderHandle, TenantHandle
    from .stage import Stage

_MARKERS = (
    'scenario(name, *, provider=None): arm a named scenario, such as "bad-gateway-burst", for this test',
    'safelight(clock="virtual" | "real" | "x20", seed=0, progress="time"): how the simulator runs in this test',
)
_STAGE: pytest.StashKey[Stage] = pytest.StashKey()
_HANDLES: pytest.StashKey[list[TenantHandle]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the simulator, if one was started."""
    stage = config.stash.get(_STAGE, None)
    if stage is not None:
        stage.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let an async test put its own loop on virtual time."""
    if _uses_fixture(item):
        from .virtual_tests import wrap_coroutine

        wrap_coroutine(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Run a sync test in virtual time."""
    if not _uses_fixture(pyfuncitem):
        return (yield)
    from .virtual_tests import around_sync_test

    with around_sync_test(pyfuncitem):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show the wire transcript beside a failed test."""
    report: Any = yield
    if report.failed and call.when == "call":
        for handle in item.stash.get(_HANDLES, []):
            report.sections.append((f"safelight transcript of tenant {handle.tag}", handle.transcript()))
    return report


def stage_of(config: pytest.Config) -> Stage:
    """The session's simulator, started on first use."""
    from .stage import Stage

    stage = config.stash.get(_STAGE, None)
    if stage is None:
        stage = config.stash[_STAGE] = Stage()
    return stage


def handles_of(item: pytest.Item) -> list[TenantHandle]:
    """The tenants of a test."""
    return item.stash.setdefault(_HANDLES, [])


def _uses_fixture(item: pytest.Item) -> bool:
    return not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def safelight_session(request: pytest.FixtureRequest) -> Iterator[TenantHandle]:
    """One tenant for the whole session: all five providers, one clock, one ledger."""
    from .handle import open_tenant

    with open_tenant(stage_of(request.config), None) as handle:
        yield handle


@pytest.fixture
def safelight(request: pytest.FixtureRequest) -> Iterator[TenantHandle]:
    """A tenant of this test: all five providers, one clock, one ledger."""
    from .handle import open_tenant

    with open_tenant(stage_of(request.config), request.node) as handle:
        handles_of(request.node).append(handle)
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


_FIXTURES = frozenset({"safelight", "safelight_session"})
