"""The same operation on Prism and on aimock, where Node and npm are there; what is judged is the servers' CPU time."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from .harness import Load, Result, Sample, Server, compare, http, show
from .subject import Subject, new_order, start_safelight

TITLE = "Prism and aimock"

OPENAPI = Path(__file__).parents[2] / "specs/reapi/openapi.yaml"

_PRISM, _AIMOCK = "@stoplight/prism-cli@5", "@copilotkit/aimock@1"
_ROUNDS, _BURST = 8, 500
_INSTALL_SECONDS = 100
_POLLS_OF_A_JOB = 7  # a 2K job at reapi ends after 60 to 90 s and is polled from 30 s on, every 5 s

_AIMOCK_SERVER = """
import { LLMock } from "@copilotkit/aimock";
const falQueue = { pollsBeforeInProgress: 1, pollsBeforeCompleted: 1e9 };
const mock = new LLMock({ port: 0, logLevel: "silent", falQueue });
mock.onFalQueue(/.*/, { images: [{ url: "https://mock.fal.media/files/0.png" }] });
await mock.start();
console.log(JSON.stringify({ url: mock.url }));
"""
_AIMOCK_JOBS = "/fal/fal-ai/nano-banana-pro"
_AIMOCK_HEADERS = {"x-fal-target-host": "queue.fal.run"}

Requests = Callable[[Load], tuple[list[bytes], list[bytes]]]


class Unavailable(Exception):
    """A rival cannot be had here; the message says why."""


def measure() -> Iterator[Result]:
    """Bursts on Safelight and a rival in turn."""
    rivals = (
        ("Prism", _PRISM, _start_prism, _ask_prism, {"submit": 3.5, "poll": 5.0}),
        ("aimock", _AIMOCK, _start_aimock, _ask_aimock, {"job": 2.0}),
    )
    for name, package, start, ask, targets in rivals:
        with tempfile.TemporaryDirectory() as folder:
            try:
                _install(package, Path(folder))
                with start(Path(folder)) as rival:
                    submits, polls = _compare_with(rival, ask)
            except (Unavailable, RuntimeError) as error:
                yield Result(f"submit and poll / {name}", f"{name} skipped: {error}", None)
                continue
        yield _result(f"submit / {name}", name, submits, targets.get("submit"))
        yield _result(f"poll / {name}", name, polls, targets.get("poll"))
        yield _job_result(name, submits, polls, targets.get("job"))


def _install(package: str, folder: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise Unavailable("there is no Node with npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", package]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm took more than {_INSTALL_SECONDS} s for {package}") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").split("\n")
        raise Unavailable(f"npm cannot install {package}: {lines[0]}") from None


def _compare_with(rival: Server, ask: Requests) -> tuple[list[tuple[Sample, Sample]], list[tuple[Sample, Sample]]]:
    """Samples of submits and of polls, each ours and the rival's."""
    submits, polls = [], []
    with start_safelight() as safelight, Load(safelight) as to_us, Load(rival) as to_rival:
        ours = Subject.of(safelight)
        for number in range(_ROUNDS + 1):
            their_submits, their_polls = ask(to_rival)
            pair = to_us.burst(ours.submits(_BURST)), to_rival.burst(their_submits)
            jobs = ours.make_jobs(to_us, 50)
            other = to_us.burst(ours.polls(_BURST, jobs)), to_rival.burst(their_polls)
            if number:  # the first round warms up
                submits.append(pair)
                polls.append(other)
    return submits, polls


def _job_result(
    name: str, submits: list[tuple[Sample, Sample]], polls: list[tuple[Sample, Sample]], target: float | None
) -> Result:
    """A whole asynchronous job: a submit, and the polls that the document's cadence makes of it."""
    ours, theirs = (
        [submit[side].cpu + _POLLS_OF_A_JOB * poll[side].cpu for submit, poll in zip(submits, polls, strict=True)]
        for side in (0, 1)
    )
    measured = f"a submit and {_POLLS_OF_A_JOB} polls: {median(ours):.0f} µs; {name} {median(theirs):.0f} µs"
    return Result(f"job / {name}", measured, compare(theirs, ours), target=target)


def _result(claim: str, name: str, samples: list[tuple[Sample, Sample]], target: float | None) -> Result:
    ours, theirs = zip(*samples, strict=True)
    ratio = compare([sample.cpu for sample in theirs], [sample.cpu for sample in ours])
    return Result(claim, f"{show(ours)}; {name} {show(theirs)}", ratio, target=target)


def _start_prism(folder: Path) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    prism = folder / "node_modules/@stoplight/prism-cli/dist/index.js"
    command = ["node", str(prism), "mock", "--port", str(port), "--verboseLevel", "error", str(OPENAPI)]
    return Server(command, url=f"http://127.0.0.1:{port}", env=_one_process())


def _ask_prism(load: Load) -> tuple[list[bytes], list[bytes]]:
    subject = Subject(load.server.facts["url"])
    return subject.submits(_BURST), subject.polls(_BURST, ["task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e"])


def _start_aimock(folder: Path) -> Server:
    script = folder / "server.mjs"
    script.write_text(_AIMOCK_SERVER)
    return Server(["node", str(script)], env=_one_process())


def _ask_aimock(load: Load) -> tuple[list[bytes], list[bytes]]:
    jobs_url = load.server.facts["url"] + _AIMOCK_JOBS

    def order() -> bytes:
        wanted: dict[str, Any] = new_order()
        data = {"prompt": wanted["prompt"], "aspect_ratio": wanted["size"], "resolution": wanted["resolution"]}
        return http("POST", jobs_url, "bench", data, _AIMOCK_HEADERS)

    jobs = [json.loads(body)["request_id"] for _, body in load.exchange([order() for _ in range(50)])]
    polls = [http("GET", f"{jobs_url}/requests/{job}/status", "bench", headers=_AIMOCK_HEADERS) for job in jobs]
    return [order() for _ in range(_BURST)], polls * (_BURST // len(polls))


def _one_process() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "NODE_ENV"}
