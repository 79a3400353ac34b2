"""Tokaify for SDKs that block: in a thread, with jobs that are done at once, and new for each test."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from tokaify_handle import Tokaify

from safelight.mockserver.progress import Progress
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import TenantSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings

PROVIDER = "tokaify"


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorThread]:
    tenant = TenantSettings(progress=Progress("immediate"))
    with SimulatorThread(ServerSettings(world=WorldSettings(tenant=tenant))) as running:
        yield running


@pytest.fixture
def tokaify(simulator: SimulatorThread) -> Iterator[Tokaify]:
    world = simulator.world
    yield Tokaify(simulator, world.api_url(world.default, PROVIDER), world.ready_key(world.default, PROVIDER))
    simulator.call(world.default.reset)


@pytest.fixture(scope="session")
def png() -> bytes:
    """A small picture to be edited."""
    file = io.BytesIO()
    Image.frombytes("RGB", (24, 16), bytes(97 * i % 256 for i in range(24 * 16 * 3))).save(file, "PNG")
    return file.getvalue()
