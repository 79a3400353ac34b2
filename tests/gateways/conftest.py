"""One simulator and one proxy for all tests of it."""

import os
import subprocess
import threading
from collections.abc import Iterator

import httpx
import pytest
from litellm_rig import CONFIG, LITELLM, MASTER_KEY, Elsewhere, Proxy, await_ready, free_port, stop

from safelight.mockserver.control.client import Control
from safelight.mockserver.control.tenant_control import TenantControl
from safelight.mockserver.progress import Progress
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import TenantSettings
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import WorldSettings


@pytest.fixture(scope="module")
def tokaify() -> Iterator[TenantControl]:
    """A Tokaify whose jobs are done at once."""
    tenant = TenantSettings(progress=Progress("immediate"))
    with SimulatorThread(ServerSettings(world=WorldSettings(tenant=tenant))) as simulator:
        yield Control.connect(simulator.url).tenant()


@pytest.fixture(scope="module")
def started(tokaify: TenantControl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy as README.md says to start it, without a network but loopback."""
    home = tmp_path_factory.mktemp("litellm")
    log = home / "log.txt"
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TOKAIFY_API_BASE": f"{tokaify.base_url('tokaify')}/v1beta",
        "TOKAIFY_API_KEY": tokaify.api_key("tokaify"),
        "LITELLM_MASTER_KEY": MASTER_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [str(LITELLM), "--config", str(CONFIG), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        process = subprocess.Popen(
            command, env=environment, cwd=home, stdout=output, stderr=output, start_new_session=True
        )
        try:
            await_ready(process, client, log)
            yield Proxy(client, tokaify)
        finally:
            stop(process)
    assert tokaify.api_key("tokaify") not in log.read_text(errors="replace")


@pytest.fixture
def proxy(started: Proxy) -> Iterator[Proxy]:
    """The proxy, with nothing armed and nothing asked yet."""
    started.tokaify.reset()
    readings = started.tokaify.readings()
    yield started
    started.tokaify.choose(readings)
    started.tokaify.clear_faults()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# What is right
