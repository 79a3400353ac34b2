"""Reports that no run would leave, but a writer of reports must stand: any text, any order, any number."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from safelight.conformance.suite.results import (
    CheckResult,
    Counterexample,
    Effort,
    Event,
    EventKind,
    Level,
    Report,
    Status,
)

texts = st.text(st.characters(exclude_categories=()), max_size=40)
slugs = st.from_regex(r"[a-z]{2,8}(\.[a-z]{1,8}(-[a-z]{1,8})?){1,2}", fullmatch=True)
numbers = st.floats(0, 10**7, allow_nan=False) | st.sampled_from([0.0, 3.0, 30.0, 604_800.0])
data = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
headers = st.dictionaries(st.sampled_from(["Authorization", "X-Odd", "API-KEY"]), texts, max_size=2)
details = st.fixed_dictionaries(
    {},
    optional={
        "request_headers": headers,
        "request": data,
        "response_headers": headers,
        "response": data,
        "says": texts,
    },
)
events: st.SearchStrategy[Event] = st.builds(
    Event,
    at=numbers,
    kind=st.sampled_from(get_args(EventKind)),
    text=texts | st.just("GET /api/v1/tasks/1?key=0123456789"),
    until=st.none() | numbers | st.just(-1767225600.0),
    status=st.none() | st.integers(0, 599),
    job=st.none() | texts,
    credits=st.none() | st.floats(-1e6, 1e6),
    call=st.none() | st.integers(0, 3),
    detail=details,
    broke=st.booleans(),
)
scenarios: st.SearchStrategy[dict[str, Any]] = st.dictionaries(texts, data, max_size=3) | st.fixed_dictionaries(
    {"provider": st.just("reapi")}, optional={"seconds": numbers, "ending": texts, "calls": st.just([{"op": "list"}])}
)
counterexamples = st.builds(
    Counterexample,
    sentence=texts,
    scenario=scenarios,
    transcript=st.lists(events, max_size=12).map(tuple),
    runs=st.integers(0, 9_999),
)
results = st.builds(
    CheckResult,
    id=slugs,
    provider=st.sampled_from(["reapi", "threedai", "gmicloud", "tokaify", "onemin", "toy"]),
    level=st.sampled_from(get_args(Level)),
    basis=st.sampled_from(["text", "example", "inferred", "extension"]),
    statement=texts,
    citation=st.sampled_from(["our own rule", "a.txt:0", "a b.txt:7-3,9"]) | texts,
    status=st.sampled_from(get_args(Status)),
    why=texts,
    examples=st.integers(0, 99),
    tried=st.integers(0, 99),
    counterexample=st.none() | counterexamples,
    note=texts,
)
reports: st.SearchStrategy[Report] = st.builds(
    Report,
    subject=st.dictionaries(st.sampled_from(["kind", "factory", "name", "version", "clock"]), texts, max_size=4),
    results=st.lists(results, max_size=8, unique_by=lambda result: result.name).map(tuple),
    effort=st.builds(Effort, st.integers(0, 10**6), numbers, numbers),
    seed=st.integers(-(2**40), 2**40),
    requirements=texts,
    unexplored=st.lists(texts, max_size=3).map(tuple),
    problems=st.lists(texts, max_size=2).map(tuple),
    version=texts,
)
