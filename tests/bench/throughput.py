"""Submits and polls against a bare aiohttp handler, and rejected submits against valid ones."""

from collections.abc import Iterator
from itertools import chain

from .bare import ANSWER
from .harness import BARE, Load, Result, Sample, Server, compare, show
from .subject import Subject, start_safelight

TITLE = "Throughput on one core"

_ROUNDS = 20
_BURST = 1_000
_WARM_UP = 11_000  # requests, so that the journal is at its bound of 10,000 exchanges

_VIOLATIONS = ({"resolution": "8K"}, {"prompt": ""}, {"n": 9}, {"prompt": 7})


def measure() -> Iterator[Result]:
    """Bursts of all kinds in turn, round by round; what is judged is the CPU time of the server."""
    with Server(BARE) as bare, start_safelight() as safelight, Load(bare) as to_bare, Load(safelight) as to_us:
        ours, theirs = Subject.of(safelight), Subject(bare.facts["url"])
        to_us.burst(ours.submits(_WARM_UP))
        samples = _Samples()
        for _ in range(_ROUNDS):
            jobs = ours.make_jobs(to_us, 100)
            samples.add("bare submit", to_bare.burst(theirs.submits(_BURST)))
            samples.add("submit", to_us.burst(ours.submits(_BURST)))
            samples.add("rejected", to_us.burst(_rejected(ours), status=400))
            samples.add("bare poll", to_bare.burst(theirs.polls(_BURST, [ANSWER["id"]])))
            samples.add("poll", to_us.burst(ours.polls(_BURST, jobs)))
    yield samples.result("submit / bare aiohttp", "submit", "bare submit", 0.75)
    yield samples.result("poll / bare aiohttp", "poll", "bare poll", 1.1)
    yield samples.result("rejected submit / valid submit", "rejected", "submit", 0.9)


class _Samples(dict[str, list[Sample]]):
    def add(self, name: str, sample: Sample) -> None:
        self.setdefault(name, []).append(sample)

    def result(self, claim: str, ours: str, theirs: str, target: float) -> Result:
        ratio = compare([sample.cpu for sample in self[theirs]], [sample.cpu for sample in self[ours]])
        return Result(claim, f"{show(self[ours])}; {theirs} {show(self[theirs])}", ratio, target=target)


def _rejected(subject: Subject) -> list[bytes]:
    share = _BURST // len(_VIOLATIONS)
    kinds = [subject.submits(share, **violation) for violation in _VIOLATIONS]
    return list(chain.from_iterable(zip(*kinds, strict=True)))
