"""What 100 000 finished jobs weigh, and whether polls notice them."""

from collections.abc import Iterator

from .harness import Load, Result, Server, compare, show
from .subject import Subject, advance, start_safelight

TITLE = "100,000 jobs held"

_FEW, _MANY = 100, 100_000
_WARM_UP = 11_000  # rejected submits, so that the journal is at its bound of 10,000 exchanges
_END = 1_000  # virtual seconds after which every job has ended
_ROUNDS, _BURST = 20, 1_000


def measure() -> Iterator[Result]:
    """Two simulators, one with few jobs and one with many, polled in turn."""
    with _start() as small, _start() as large, Load(small) as to_small, Load(large) as to_large:
        few, _ = _fill(small, to_small, _FEW)
        many, grown = _fill(large, to_large, _MANY)
        yield Result("memory per finished job", f"{grown:.0f} MiB for {_MANY:,}", grown * 2**20 / _MANY, "≤", 1024, "B")
        rounds = [(to_small.burst(few), to_large.burst(many)) for _ in range(_ROUNDS)]
    few_samples, many_samples = zip(*rounds, strict=True)
    ratio = compare([sample.cpu for sample in many_samples], [sample.cpu for sample in few_samples])
    measured = f"{show(many_samples)}; with {_FEW} {show(few_samples)}"
    yield Result(f"poll with {_MANY:,} jobs / with {_FEW}", measured, ratio, "≤", 1.1)


def _start() -> Server:
    return start_safelight("--clock", "manual", "--credits", "1000000000")


def _fill(server: Server, load: Load, number: int) -> tuple[list[bytes], float]:
    """Make jobs and let them end; polls of some of them, and the MiB by which the process has grown."""
    subject = Subject.of(server)
    load.burst(subject.submits(_WARM_UP, resolution="8K"), status=400)
    before = server.resident()
    jobs = [job for _ in range(number // 100) for job in subject.make_jobs(load, 100)]
    advance(server, _END)
    polls = subject.polls(_BURST, jobs[:: number // _FEW])
    load.burst(polls)
    return polls, server.resident() - before
