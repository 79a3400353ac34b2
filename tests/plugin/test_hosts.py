"""In other people's repositories: their loops, their plugins, their package names."""

import importlib.util

import pytest

pytest_plugins = ["pytester"]

CLIENT = """
import asyncio, sys, threading, time, unittest
import pytest, requests

def submit(reapi):
    headers = {"Authorization": f"Bearer {reapi.api_key}"}
    body = {"model": "gemini-3-pro-image-preview", "prompt": "A lighthouse"}
    return requests.post(f"{reapi.base_url}/api/v1/images/generations", json=body, headers=headers, timeout=30)
"""


def play(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """What pytest says to these tests, in a process of its own."""
    pytester.makepyfile(CLIENT + tests)
    return pytester.runpytest_subprocess("-p", "no:schemathesis", "-p", "no:cacheprovider", *options)


def test_unused_it_changes_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import socket, sys, threading, time

def test_nothing_is_imported_and_nothing_patched():
    ours = {name for name in sys.modules if name.startswith("safelight")}
    plugin = "safelight.conformance.plugin"
    assert ours == {"safelight", "safelight.conformance", plugin, f"{plugin}.conformance"}
    assert not {"aiohttp", "asyncio", "jsonschema", "orjson", "PIL", "yaml", "rich", "click"} & set(sys.modules)
    assert type(time.sleep) is type(time.monotonic) is type(len)
    assert "recv" not in vars(socket.socket)
    assert threading.active_count() == 1
"""
    )
    others = [f"-pno:{name}" for name in ("schemathesis", "anyio", "hypothesispytest", "xdist", "xdist.looponfail")]
    pytester.runpytest_subprocess("-pno:cacheprovider", *others).assert_outcomes(passed=1)


def test_tests_without_a_fixture_are_in_real_time(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
def test_virtual(reapi):
    time.sleep(86_400)

def test_real():
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(0.02)
    assert 0.02 <= time.monotonic() - monotonic < 5
    assert 0.01 <= time.time() - wall < 5
    lock = threading.Lock()
    assert type(lock).__module__ == "_thread"
""",
    )
    result.assert_outcomes(passed=2)


def test_durations_are_real(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.fixture
def slept(reapi):
    time.sleep(86_400)
    yield
    time.sleep(86_400)

def test_virtual(slept):
    time.sleep(86_400)
""",
        "--junitxml=report.xml",
        "--durations=5",
        "-vv",
    )
    result.assert_outcomes(passed=1)
    import xml.etree.ElementTree as ElementTree

    (case,) = ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    assert float(case.get("time", "inf")) < 60


def test_a_repository_with_packages_of_the_same_names(pytester: pytest.Pytester) -> None:
    names = ("mockserver", "conformance", "specs", "fixtures")
    for name in names:
        package = pytester.mkpydir(f"tests/{name}") if (pytester.path / "tests").is_dir() else None
        if package is None:
            (pytester.path / "tests").mkdir()
            package = pytester.mkpydir(f"tests/{name}")
        (package / "own.py").write_text(f"WHOSE = 'host {name}'\n")
    imports = "\n".join(
        f"    from {name} import own as {name}\n    assert {name}.WHOSE == 'host {name}'" for name in names
    )
    (pytester.path / "tests" / "test_own.py").write_text(
        f"{CLIENT}\ndef test_own(reapi):\n    submit(reapi)\n{imports}\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:schemathesis", "tests")
    result.assert_outcomes(passed=1)


def test_without_the_random_order_of_others(pytester: pytest.Pytester) -> None:
    result = play(pytester, "def test_it(reapi): submit(reapi)", "-p", "no:randomly")
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_in_parallel(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.parametrize("number", range(20))
def test_it(reapi, number):
    started = time.monotonic()
    submit(reapi)
    time.sleep(3_600)
    assert time.monotonic() - started == 3_600
    assert len(reapi.jobs) == 1

def test_fails(reapi):
    submit(reapi)
    assert False
""",
        "-n2",
    )
    result.assert_outcomes(passed=20, failed=1)
    result.stdout.fnmatch_lines(["*safelight transcript of tenant*", "+    0.000 s  reapi  POST *"])


def test_threads_that_fixtures_start_live_in_virtual_time(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.fixture
def ticks(reapi):
    stop, times = threading.Event(), []
    def tick():
        while not stop.wait(60):
            times.append(time.monotonic())
    thread = threading.Thread(target=tick)
    thread.start()
    yield times
    stop.set()
    thread.join()

def test_ticks(ticks):
    time.sleep(3_630)
    assert len(ticks) == 60
    assert {round(b - a, 6) for a, b in zip(ticks, ticks[1:])} == {60}
""",
    )
    result.assert_outcomes(passed=1)


def test_unittest_classes_and_fixtures_by_name(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.usefixtures("reapi")
class Test(unittest.TestCase):
    def test_it(self):
        started = time.monotonic()
        time.sleep(3_600)
        assert time.monotonic() - started == 3_600

def test_by_name(request):
    reapi = request.getfixturevalue("reapi")
    started = time.monotonic()
    time.sleep(3_600)
    assert time.monotonic() - started == 3_600
    submit(reapi)
""",
    )
    result.assert_outcomes(passed=2)


def test_a_sync_test_may_run_a_loop(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
import aiohttp

async def wait(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            await response.read()
        await asyncio.sleep(3_600)

def test_it(reapi):
    started = time.monotonic()
    asyncio.run(wait(reapi.base_url))
    assert time.monotonic() - started == 3_600
""",
    )
    result.assert_outcomes(passed=1)


def test_anyio(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
import anyio, httpx
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
async def client(reapi):
    async with httpx.AsyncClient(base_url=reapi.base_url) as client:
        await anyio.sleep(60)
        yield client
        await anyio.sleep(60)

async def test_it(client, reapi):
    started = time.monotonic()
    await client.get("/")
    await anyio.sleep(3_600)
    assert time.monotonic() - started == 3_600
    assert reapi.requests[0].at - reapi.tenant.started == 60
""",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(importlib.util.find_spec("trio") is None, reason="trio is not installed")
def test_trio_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_it(reapi, anyio_backend): pass
""",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["safelight's fixtures need an asyncio loop*runs on trio*returns 'asyncio', or mark*"])


def test_uvloop_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    result = play(
        pytester,
        """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})])
async def test_virtual(reapi, anyio_backend): pass

@pytest.mark.anyio
@pytest.mark.safelight(clock="real")
@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})])
async def test_real(reapi, anyio_backend):
    assert type(asyncio.get_running_loop()).__module__ == "uvloop"
    assert submit(reapi).ok
""",
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["E*needs asyncio's selector event loop, not uvloop.Loop; use the default*@pytest.mark.safelight(clock='real')"]
    )
