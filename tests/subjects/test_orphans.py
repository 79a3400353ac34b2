"""Nothing that a subject starts is left: neither children of children, nor those that hid, nor after our own death."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand import FAKE, Scene, Stand

from safelight.conformance.subjects.command import CommandSubject

PATIENCE = 10.0  # real seconds

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")


def state_of(pid: int) -> str:
    """The letter of a process's state; nothing for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def assert_gone(pids: list[int]) -> None:
    """Those that nobody has waited for yet may be zombies of somebody else."""
    ends = time.monotonic() + PATIENCE
    while any(state_of(pid) not in ("", "Z", "X") for pid in pids):
        assert time.monotonic() < ends, f"still there: {[(pid, state_of(pid)) for pid in pids]}"
        time.sleep(0.02)


def assert_no_zombies() -> None:
    """Every child of this process that has ended has been waited for."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        assert (fields[0], int(fields[1])) != ("Z", os.getpid()), f"{folder.name} is a zombie of ours"


async def family(scene: Scene) -> list[int]:
    """The ids of an adapter and of all that it started."""
    return [int(pid) for pid in (await scene.generate()).usage.values()]


def test_stopping_ends_children_of_children() -> None:
    with Stand() as stand:
        pids = stand.play(stand.fake("with-children"), family)
        assert len(pids) == 4
        assert all(state_of(pid) for pid in pids)
    assert_gone(pids)
    assert_no_zombies()


def test_an_adapter_that_does_not_want_to_end() -> None:
    with Stand() as stand:
        subject = stand.fake("deaf-to-eof")
        began = time.monotonic()
        stand.run(subject.stop())
        assert 1.5 < time.monotonic() - began < PATIENCE
    assert_no_zombies()


def test_an_adapter_that_breaks_the_protocol_is_gone_at_once() -> None:
    with Stand() as stand:
        subject = stand.fake("with-children")
        pids = stand.play(subject, family)
        stand.play(subject, lambda scene: break_off(scene))
        assert_gone(pids[-1:])
        assert len(stand.play(subject, family)) == 4
        assert_gone(pids)


async def break_off(scene: Scene) -> None:
    scene.session.give_up()


SCRIPT = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from stand import FAKE, Stand
from test_orphans import family

stand = Stand()
stand.__enter__()
print(*stand.play(stand.fake("with-children"), family), flush=True)
os.kill(os.getpid(), signal.{signal})
"""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_our_own_death_ends_them_as_well(name: str) -> None:
    script = SCRIPT.format(folder=str(Path(__file__).parent), signal=name)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 4, done.stderr
    assert done.returncode == -getattr(signal, name)
    assert_gone(pids)


def test_a_command_takes_its_background_along() -> None:
    script = Path(__file__).with_name("fake_command.py")
    with Stand() as stand:
        subject = stand.started(CommandSubject(f"{FAKE.split()[0]} -S -E {script} background"))

        async def work(scene: Scene) -> list[int]:
            outcome = await scene.generate()
            return [int(part) for part in outcome.images[0].url.split("/")[3:]]

        pids = stand.play(subject, work)
        assert len(pids) == 2
        assert_gone(pids)
    assert_no_zombies()
