"""`pytest --conformance`: the checks as items of pytest."""

import json
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

FAILED_ERROR = "reapi.poll.failed-error"
FIRST_WAIT = "reapi.poll.first-wait"


@pytest.fixture(autouse=True)
def clients(pytester: pytest.Pytester) -> None:
    source = Path(__file__).with_name("careless_clients.py").read_text("utf-8")
    pytester.makepyfile(careless_clients=source)


def run(pytester: pytest.Pytester, factory: str, *options: str) -> pytest.RunResult:
    named = ["--conformance", f"careless_clients:{factory}", "--conformance-provider", "reapi"]
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *named, *options)


def test_a_node_id_ends_in_the_check(pytester: pytest.Pytester) -> None:
    result = run(pytester, "right", "--collect-only", "-q")
    lines = [line for line in result.outlines if line.endswith(f"::{FAILED_ERROR}")]
    assert lines == [f"careless_clients:right::reapi::{FAILED_ERROR}"]


def test_one_check_can_be_chosen(pytester: pytest.Pytester) -> None:
    result = run(pytester, "right", "-k", FAILED_ERROR)
    result.assert_outcomes(passed=1, deselected=result.parseoutcomes()["deselected"])


def test_a_failure_shows_what_the_command_line_shows(pytester: pytest.Pytester) -> None:
    result = run(pytester, "codeless", "-k", FAILED_ERROR)
    assert result.ret == 1
    for said in ("*000_689184e2825e36ff.txt:220-227*", "*Seen: *80003*", "*+0.000 s*", "*pytest --conformance*"):
        result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_it_runs_beside_the_tests_of_the_repository(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): pass\n")
    result = run(pytester, "right", "-k", f"test_mine or {FAILED_ERROR}")
    assert result.parseoutcomes()["passed"] == 2


def test_a_baseline_makes_it_an_expected_failure(pytester: pytest.Pytester) -> None:
    row = {"check": FAILED_ERROR, "reason": "known", "expires": "2099-01-01"}
    pytester.path.joinpath("known.yaml").write_text(json.dumps({"expected_failures": [row]}))
    result = run(pytester, "codeless", "-k", FAILED_ERROR, "--conformance-baseline", "known.yaml")
    assert result.parseoutcomes()["xfailed"] == 1
    assert result.ret == 0


def test_it_spreads_over_processes(pytester: pytest.Pytester) -> None:
    result = run(pytester, "codeless", "-n", "2", "-k", f"{FAILED_ERROR} or {FIRST_WAIT}")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("careles_clients:make",), "*no module 'careles_clients'*"),
        (("careless_clients:right", "--conformance-baseline", "nowhere.yaml"), "*nowhere.yaml*"),
        (("careless_clients:right", "--conformance-requirements", "1999.1"), "*no requirement set '1999.1'*"),
    ],
)
def test_bad_usage_is_one_sentence(pytester: pytest.Pytester, options: tuple[str, ...], said: str) -> None:
    result = pytester.runpytest_subprocess("--conformance", *options)
    assert result.ret == 4
    result.stderr.fnmatch_lines([said])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_an_adapter_that_fails_says_so_once_per_item(pytester: pytest.Pytester) -> None:
    result = run(pytester, "Offline", "-k", FAILED_ERROR)
    result.stdout.fnmatch_lines(["*does the adapter pass base_url on?*"])
    result.stdout.no_fnmatch_line("*Traceback*")


GATEWAY = """\
app: safelight.conformance.reference_gateway:make
dialect: openai-images
keys: {own: sk-gateway-of-alice}
env: {REAPI_BASE_URL: "{reapi.base_url}", REAPI_API_KEY: "{reapi.api_key}", GATEWAY_KEYS: "alice={key.own}"}
models: {reapi: reapi/gemini-3-pro-image-preview}
"""


def test_checks_of_a_gateway_are_items_as_well(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("gateway.yaml").write_text(GATEWAY)
    chosen = ["-k", f"{FIRST_WAIT} or gateway.access.key-wanted"]
    options = ("-p", "no:cacheprovider", "--conformance-gateway", "gateway.yaml", *chosen)
    result = pytester.runpytest_subprocess(*options, "-v")
    assert result.parseoutcomes()["passed"] == 2
    result.stdout.fnmatch_lines(["gateway.yaml::reapi::gateway.access.key-wanted PASSED*"])


def test_a_gateway_that_does_not_start_is_one_sentence(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("gateway.yaml").write_text(GATEWAY.replace("alice={key.own}", "no pair"))
    options = ("-p", "no:cacheprovider", "--conformance-gateway", "gateway.yaml", "-k", FIRST_WAIT)
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the gateway: the factory safelight.conformance.reference_gateway:make failed*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_client_and_a_gateway_are_judged_one_at_a_time(pytester: pytest.Pytester) -> None:
    result = run(pytester, "right", "--conformance-gateway", "gateway.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*name two things to judge*"])
