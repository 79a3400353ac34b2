"""The JSON report and the schema that is published with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from report_fixtures import KEY, failures, realistic_report
from report_strategies import reports

from safelight.conformance.reports.jsonfile import NotAResult, as_json, encoded, from_json, read_report, schema
from safelight.conformance.reports.masking import without_keys
from safelight.conformance.suite.results import Report


def test_the_schema_is_a_schema_without_a_foreign_address() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$id"].startswith("urn:")


@settings(max_examples=40)
@given(reports)
def test_every_report_fits_the_schema(report: Report) -> None:
    Draft202012Validator(schema()).validate(as_json(report))


def declared(part: Any, document: Any) -> Iterator[str]:
    """Names in the document that the schema does not describe."""
    part = schema()["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    if "oneOf" in part:
        part = next((each for each in part["oneOf"] if "$ref" in each), {})
        yield from declared(part, document) if document is not None else ()
    elif isinstance(document, dict) and "properties" in part:
        for name, value in document.items():
            if name not in part["properties"]:
                yield name
            else:
                yield from declared(part["properties"][name], value)
    elif isinstance(document, list) and "items" in part:
        for each in document:
            yield from declared(part["items"], each)


def test_every_field_is_described() -> None:
    assert list(declared(schema(), as_json(realistic_report()))) == []
    assert list(declared(schema(), {"results": [{"invented": 1}]})) == ["invented"]


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    report = realistic_report()
    file.write_bytes(encoded(as_json(report)))
    again = read_report(file)
    assert again == without_keys(report)
    assert KEY not in file.read_text()
    assert "猫と月" in file.read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no JSON"),
        ("[1, 2", "holds no JSON"),
        ("[" * 100_000, "holds no JSON"),
        ("[]", "is no result of Safelight: "),
        ('{"format": 2, "results": []}', "format 2, and this version of Safelight reads format 1."),
        ('{"openapi": "3.1.0"}', "is a required property"),
    ],
)
def test_what_is_no_result_is_refused_in_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(content)
    with pytest.raises(NotAResult) as caught:
        read_report(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert said in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotAResult, match=r"gone\.json cannot be read: No such file or directory\.$"):
        read_report(tmp_path / "gone.json")


def test_the_place_of_a_mistake_is_told() -> None:
    document = as_json(realistic_report())
    document["results"][3]["status"] = "fine"
    with pytest.raises(NotAResult, match=r"at results\[3\]\.status, 'fine' is not one of"):
        from_json(document)


def test_fields_of_later_versions_are_ignored() -> None:
    document = as_json(realistic_report())
    document["later"] = document["results"][0]["later"] = {"more": True}
    assert from_json(document) == without_keys(realistic_report())


def test_counts_are_given() -> None:
    counts = as_json(realistic_report(results=tuple(failures())))["counts"]
    assert counts["fail"] == 2
    assert sum(counts.values()) == 7


def test_odd_values_do_not_break_it() -> None:
    odd = realistic_report(subject={"name": float("nan"), "bytes": b"\xff", "set": {1}}, results=())
    assert json.loads(encoded(as_json(odd)))["subject"]["name"] == "nan"
