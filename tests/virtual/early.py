"""A module that got hold of the clocks and of `sleep` in every way there is, before anything was virtual."""

import datetime
import functools
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime as DateTime
from time import monotonic, monotonic_ns, perf_counter, perf_counter_ns, sleep, time_ns
from time import time as wall

Clock = Callable[[], float]


def by_default(clock: Clock = time.monotonic) -> float:
    return clock()


def by_keyword(*, clock: Clock = time.monotonic) -> float:
    return clock()


@dataclass
class ByField:
    clock: Clock = time.monotonic


class ByClass:
    clock = time.monotonic


class ByObject:
    def __init__(self) -> None:
        self.clock = time.monotonic


def closure(clock: Clock) -> Clock:
    def read() -> float:
        return clock()

    return read


an_object = ByObject()
by_closure = closure(time.monotonic)
in_a_list_of_modules = {"clock": time.monotonic}

MONOTONIC: dict[str, Clock] = {
    "from time import monotonic": lambda: monotonic(),
    "from time import monotonic_ns": lambda: monotonic_ns() / 1e9,
    "from time import perf_counter": lambda: perf_counter(),
    "from time import perf_counter_ns": lambda: perf_counter_ns() / 1e9,
    "time.monotonic": lambda: time.monotonic(),
    "default argument": by_default,
    "keyword-only default": by_keyword,
    "dataclass field": lambda: ByField().clock(),
    "class attribute": lambda: ByClass.clock(),
    "class attribute by an instance": lambda: ByClass().clock(),
    "object": lambda: an_object.clock(),
    "closure": by_closure,
    "dictionary": lambda: in_a_list_of_modules["clock"](),
}
WALL: dict[str, Clock] = {
    "from time import time": lambda: wall(),
    "from time import time_ns": lambda: time_ns() / 1e9,
    "time.time": lambda: time.time(),
    "time.gmtime": lambda: float(datetime.datetime(*time.gmtime()[:6], tzinfo=datetime.UTC).timestamp()),
    "time.clock_gettime": lambda: time.clock_gettime(time.CLOCK_REALTIME),
    "datetime.now(UTC)": lambda: datetime.datetime.now(datetime.UTC).timestamp(),
    "datetime.now()": lambda: datetime.datetime.now().timestamp(),
    "early datetime": lambda: DateTime.now(datetime.UTC).timestamp(),
    "functools.partial of datetime.now": lambda: functools.partial(DateTime.now, datetime.UTC)().timestamp(),
}

early_sleep = sleep
a_queue: queue.SimpleQueue[int] = queue.SimpleQueue()
