"""Gateways as processes: one for all scenarios, on virtual time by a hook or in real time."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gateway_stand import (
    assert_nothing_is_left,
    document,
    in_jobs,
    little_gateways,
    play,
    started,
    upstream,
)

from safelight.conformance.engine.engine import Engine
from safelight.conformance.scenarios.model import Call, Manner
from safelight.conformance.subjects.base import EXACT_TIME, LONG_LIVED, SAME_PROCESS, SOCKET_TIMEOUTS

ON_LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")


def test_a_hook_makes_its_time_exact(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        began = time.monotonic()
        first = play(engine, seconds=41.0)
        assert first.outcome.kind == "result"
        assert upstream(first) == [(0, "POST"), (30, "GET"), (34, "GET"), (38, "GET"), (42, "GET"), (42, "GET")]
        assert [each.role for each in first.heard] == ["submit", "fetch"]
        assert first.outcome.ended == pytest.approx(42.0, abs=0.001)
        second = play(engine, in_jobs(), seconds=41.0)
        assert upstream(second) == [*upstream(first)[:-1], (45, "GET")]
        assert [round(each.at) for each in second.heard if each.role == "poll"] == [*range(5, 50, 5)]
        assert time.monotonic() - began < 10


def test_what_it_can_be_judged_by(tmp_path: Path) -> None:
    exact = started(tmp_path).conditions
    real = started(tmp_path, clock="real").conditions
    assert {EXACT_TIME, LONG_LIVED} <= exact
    assert LONG_LIVED in real
    assert EXACT_TIME not in real
    assert not (exact | real) & {SOCKET_TIMEOUTS, SAME_PROCESS}


def test_many_calls_at_once_are_exact_as_well(tmp_path: Path) -> None:
    calls = (Call(), in_jobs(), Call(wait=7.0), in_jobs(wait=3.0))
    with Engine(started(tmp_path)) as engine:
        run = play(engine, *calls, together=True, seconds=31.0)
        assert [outcome.kind for outcome in run.outcomes] == ["result"] * 4
        starts = sorted(job.submitted for job in run.jobs)
        assert starts == pytest.approx([0, 0, 3, 7], abs=0.001)
        ends = sorted(outcome.ended for outcome in run.outcomes)
        assert ends == pytest.approx([34, 35, 38, 41], abs=0.001)


def test_time_never_goes_back_for_it(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        first, second = play(engine), play(engine)
        assert second.epoch >= first.epoch + first.ended


def test_its_jobs_have_ids_of_their_own_in_each_scenario(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        ids = [play(engine).jobs[0].id for _ in range(3)]
        assert len(set(ids)) == 3


def test_its_output_is_kept_for_each_scenario(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        first, second = play(engine), play(engine, Call(manner=Manner(key="none")))
        assert f"starting with the key {first.api_key}" in first.logged
        assert '"POST /v1/images/generations HTTP/1.1" 200' in first.logged
        assert first.api_key not in second.logged
        assert '"POST /v1/images/generations HTTP/1.1" 401' in second.logged


def test_real_time_does_not_take_long(tmp_path: Path) -> None:
    row = document()
    env = {**row["env"], "FIRST": "0.1", "EVERY": "0.1"}
    with Engine(started(tmp_path, clock="real", env=env)) as engine:
        began = time.monotonic()
        run = play(engine)
        assert run.outcome.kind == "result"
        assert time.monotonic() - began < 5


def test_no_call_lasts_for_ever_in_real_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.gateway.outside.BEYOND_DEADLINE", 0.1)
    env = {**document()["env"], "EVERY": "0.4", "FIRST": "0.1"}
    with Engine(started(tmp_path, clock="real", env=env, claims={"deadline": 0.4})) as engine:
        run = play(engine, ending="stuck")
        assert run.outcome.kind == "hung"
        assert 0.5 <= run.outcome.seconds < 2


def test_callers_can_hang_up(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        run = play(engine, Call(cancel_after=10.0), Call())
        assert [outcome.kind for outcome in run.outcomes] == ["cancelled", "result"]
        assert run.heard[0].problem == "the caller hung up"
        assert run.heard[0].until == pytest.approx(10.0, abs=0.001)


def test_it_is_run_in_the_folder_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "serve.sh").write_text(f"exec {document()['start']['command']}\n")
    start = {"command": "sh serve.sh", "directory": "inner", "within": 5}
    with Engine(started(tmp_path, start=start)) as engine:
        assert play(engine).outcome.kind == "result"


@ON_LINUX
def test_its_children_are_ended_with_it(tmp_path: Path) -> None:
    with Engine(started(tmp_path, "with-children")) as engine:
        play(engine)
        assert len(little_gateways()) == 2
    assert_nothing_is_left()


SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from gateway_stand import little_gateways, play, started
from safelight.conformance.engine.engine import Engine

with Engine(started(Path({file!r}), "with-children")) as engine:
    play(engine)
    print(len(little_gateways()), flush=True)
    os.kill(os.getpid(), signal.{signal})
"""


@ON_LINUX
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_our_own_death_ends_it_as_well(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_PROCESS")
    script = SCRIPT.format(folder=str(Path(__file__).parent), file=str(tmp_path), signal=name)
    code = f"import os; os.environ['TEST_PROCESS'] = str(os.getpid())\n{script}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (-getattr(signal, name), "2\n"), done.stderr
