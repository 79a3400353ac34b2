"""Polls while 4K images are drawn, against polls of an idle simulator. The server has all cores for this."""

import json
import select
import time
from collections.abc import Iterator, Sequence
from statistics import median, quantiles

from .harness import ALL_CORES, Connection, Load, Result, Server, address_of, compare, http
from .subject import POLL_PATH, Subject, advance, start_safelight

TITLE = "Polls beside 4K images"

_ROUNDS = 10
_SECONDS = 1.0  # of polls in each half of a round
_PAUSE = 0.001  # seconds between two polls
_JOBS = 250
_PER_JOB = 4
_END = 1_000  # virtual seconds after which every job has ended


def measure() -> Iterator[Result]:
    """Rounds of polls without and with 4K images under way, each drawn for the first time."""
    with start_safelight("--clock", "manual", cores=ALL_CORES) as server, Load(server) as load:
        subject = Subject.of(server)
        jobs = [
            json.loads(body)["id"] for _, body in load.exchange(subject.submits(_JOBS, resolution="4K", n=_PER_JOB))
        ]
        advance(server, _END)
        images = _Images(_find_images(load, subject, jobs))
        poll = http("GET", subject.base_url + POLL_PATH.format(jobs[0]), subject.key)
        _time_polls(server, poll)
        rounds = [(_time_polls(server, poll), _time_polls(server, poll, images)) for _ in range(_ROUNDS)]
    idle, beside = zip(*rounds, strict=True)
    measured = f"{median(beside):.2f} ms beside {images.fetched} images; idle {median(idle):.2f} ms"
    yield Result("p99 of polls beside 4K images / idle", measured, compare(beside, idle), "≤", 3)


class _Images:
    """Fetches images one after another, as far as their bytes are there already."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.fetched = 0
        self._requests = iter([http("GET", url) for url in urls])
        self._connection = Connection(address_of(urls[0]))
        self._connection.send(next(self._requests))

    def proceed(self) -> None:
        """Read an image that begins to arrive, and ask for the next."""
        ready, _, _ = select.select([self._connection.socket], [], [], 0)
        if ready:
            status, _ = self._connection.receive()
            assert status == 200, f"an image was answered {status}"
            self.fetched += 1
            self._connection.send(next(self._requests))


def _find_images(load: Load, subject: Subject, jobs: Sequence[str]) -> list[str]:
    answers = load.exchange(subject.polls(len(jobs), jobs))
    return [url for _, body in answers for url in json.loads(body)["output"]["image_urls"]]


def _time_polls(server: Server, poll: bytes, images: _Images | None = None) -> float:
    """The 99th percentile of the milliseconds that polls take on one connection."""
    connection, latencies = Connection(server.address), []
    end = time.perf_counter() + _SECONDS
    while (start := time.perf_counter()) < end:
        connection.send(poll)
        status, _ = connection.receive()
        latencies.append((time.perf_counter() - start) * 1000)
        assert status == 200
        if images:
            images.proceed()
        time.sleep(_PAUSE)
    connection.close()
    return quantiles(latencies, n=100)[98]
