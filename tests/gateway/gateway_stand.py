"""Gateways of a few lines, described by files of a few lines."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.run import Run
from safelight.conformance.gateway.file import GatewayFile, read_gateway
from safelight.conformance.gateway.process import StartedGateway
from safelight.conformance.scenarios.model import Call, Manner, Scenario

LITTLE = f"{sys.executable} -S -E {Path(__file__).with_name('little_gateway.py')}"
OWN_KEY = "sk-alice-1234567890"

_ANSWER = {"images": "data", "url": "url"}
_BODY = {"prompt": "{prompt}", "model": "{model}"}


def document(way: str = "good", **rest: Any) -> dict[str, Any]:
    """A gateway file for the little gateway."""
    poll = {"path": "/v1/jobs/{id}", "every": 5, "status": "status", "done": ["succeeded"], "failed": ["failed"]}
    return {
        "start": {"command": f"{LITTLE} {way}", "within": 5},
        "clock": "hook",
        "keys": {"own": OWN_KEY},
        "env": {
            "CALLERS_KEY": "{key.own}", "REAPI_BASE_URL": "{reapi.base_url}", "REAPI_API_KEY": "{reapi.api_key}",
        },
        "models": {"reapi": "any"},
        "flows": [
            {"path": "/v1/images/generations", "body": _BODY, "answer": _ANSWER},
            {"path": "/v1/jobs", "body": _BODY, "id": "id", "answer": _ANSWER, "poll": poll},
        ],
        "error": {"message": "error.message"},
        **rest,
    }  # fmt: skip


def written(folder: Path, row: dict[str, Any]) -> Path:
    """The file of a document."""
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(row))
    return path


def described(folder: Path, row: dict[str, Any]) -> GatewayFile:
    """The gateway of a document."""
    return read_gateway(written(folder, row))


def started(folder: Path, way: str = "good", *, silence: float = 5.0, **rest: Any) -> StartedGateway:
    """The little gateway as a subject."""
    file = described(folder, document(way, **rest))
    assert file.start is not None
    return StartedGateway(file, file.start, silence=silence)


def play(engine: Engine, *calls: Call, **how: Any) -> Run:
    """A scenario with the little gateway; one plain call if there is none."""
    return engine.run(Scenario("reapi", calls=calls or (Call(),), **how))


def in_jobs(op: Any = "generate", **how: Any) -> Call:
    """A call in which a job is asked for."""
    return Call(op=op, manner=Manner(flow="async"), **how)


def upstream(run: Run) -> list[tuple[float, str]]:
    """When which requests came to providers, in seconds since the start."""
    return [(round(seen.at - run.epoch, 3), seen.method) for seen in run.upstream]


def three_ports() -> int:
    """A port that is free, as are the two after it.

    They lie below those that systems give away by themselves, in a thousand that no other process of the tests uses.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + worker % 12 * 1_000
    for port in range(first, first + 1_000, 3):
        if all(_is_free(port + offset) for offset in range(3)):
            return port
    raise AssertionError("no three ports in a row are free")


def little_gateways() -> list[int]:
    """The ids of the subjects that this test has started, and of what they started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        is_ours = f"TEST_PROCESS={os.getpid()}".encode() in variables
        if is_ours and any(each.startswith(b"SAFELIGHT_SUBJECT=") for each in variables):
            found.append(int(folder.name))
    return found


def assert_nothing_is_left() -> None:
    """A killed process takes a moment to go."""
    ends = time.monotonic() + 5
    while (left := little_gateways()) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not left


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
