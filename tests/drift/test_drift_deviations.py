"""Servers that deviate are found, with the citation and the exchange that shows it."""

from base64 import b64encode

import pytest
from drift_deviations import DEVIATIONS, Deviation
from drift_stage import MEDIA, Said, judged

from safelight.conformance.drift.catalogue import all_drift_checks
from safelight.conformance.reports.html import html_page
from safelight.conformance.reports.jsonfile import as_json, encoded, from_json
from safelight.conformance.reports.junit import junit_xml
from safelight.conformance.reports.sarif import sarif
from safelight.conformance.suite.catalogue import all_checks
from safelight.conformance.suite.judging import FAILED, exit_code
from safelight.mockserver.images import ImageSpec, render
from safelight.specs import provider_names


@pytest.mark.parametrize("seeded", DEVIATIONS, ids=lambda each: f"{each.provider}-{each.name}")
def test_a_deviation_is_found(seeded: Deviation) -> None:
    result = judged(seeded.provider, seeded.deviate)
    assert result.failed & {*seeded.meant}, (result.failed, result.warned, result.report.problems)
    assert exit_code(result.report) == FAILED
    for found in result.report.of_status("fail"):
        assert ":" in found.citation or found.level == "HOUSE", found.id
        assert found.counterexample is not None
        assert [event.broke for event in found.counterexample.transcript].count(True) == 1, found.id


def _small_webp(said: Said) -> None:
    picture = render(ImageSpec(300, 700, "webp", "another", "job", 0, 0))
    if said.path.startswith(MEDIA):
        said.body = picture
    elif isinstance(said.data, dict) and said.data.get("candidates"):
        data = said.data
        data["candidates"][0]["content"]["parts"] = [
            {"inlineData": {"mimeType": "image/webp", "data": b64encode(picture).decode()}}
        ]
        said.say(data)


@pytest.mark.parametrize("provider", provider_names())
def test_pictures_are_looked_at(provider: str) -> None:
    expected = {
        "onemin": {"result-tier", "result-format"},
        "gmicloud": {"result-tier", "result-ratio", "result-image"},
        "tokaify": {"result-tier", "result-ratio"},
    }.get(provider, {"result-tier", "result-ratio", "result-format"})
    assert expected <= judged(provider, _small_webp).failed


@pytest.mark.parametrize("provider", ["reapi", "threedai", "gmicloud", "onemin"])
def test_results_can_be_had_by_anybody(provider: str) -> None:
    def closed(said: Said) -> None:
        if said.path.startswith(MEDIA) and not said.key:
            said.status = 403

    assert judged(provider, closed).failed == {"result-open"}


@pytest.mark.parametrize("provider", provider_names())
def test_json_under_another_label_only_warns(provider: str) -> None:
    def plain(said: Said) -> None:
        if said.status == 200 and said.data is not None:
            said.headers["Content-Type"] = "text/plain"

    result = judged(provider, plain)
    assert not result.failed
    assert result.warned in ({"poll-labelled"}, {"answer-labelled"})


@pytest.mark.parametrize("field", ["mimeType", "data"])
def test_an_inline_image_has_both_its_fields(field: str) -> None:
    def without(said: Said) -> None:
        said.body = said.body.replace(f'"{field}"'.encode(), b'"renamed"')

    assert "inline-data-fields" in judged("tokaify", without).failed


def test_every_provider_has_some() -> None:
    assert {each.provider for each in DEVIATIONS} == {*provider_names()}


def test_a_server_that_only_passes_on_is_right() -> None:
    for provider in provider_names():
        result = judged(provider, lambda said: None)
        assert not result.failed, (provider, result.failed)


def test_what_the_document_does_not_say_only_warns() -> None:
    def other_statuses(said: Said) -> None:
        said.status = {401: 403, 404: 410}.get(said.status, said.status)

    for provider in provider_names():
        result = judged(provider, other_statuses)
        assert not result.failed, (provider, result.failed)
        assert result.warned, provider
        assert exit_code(result.report) == 0


def test_of_two_paths_for_one_thing_one_is_enough() -> None:
    """The document of GMI Cloud names one path for a model in its text and another one in its example."""
    for gone in ("/requestqueue/apikey/models/", "/v1/apikey/models/"):

        def without(said: Said, gone: str = gone) -> None:
            if gone in said.path:
                said.say({"error": "not found"}, 404)

        result = judged("gmicloud", without, paid=0)
        assert not result.failed | result.warned, (gone, result.failed, result.warned)


def test_additional_fields_and_headers_are_nobodys_business() -> None:
    def chatty(said: Said) -> None:
        said.headers["X-Powered-By"] = "somebody"
        if isinstance(said.data, dict) and said.status == 200:
            said.say({**said.data, "extra": {"of": ["no", "importance"]}})

    for provider in provider_names():
        result = judged(provider, chatty)
        assert not result.failed | result.warned, (provider, result.failed, result.warned)


def test_the_key_is_in_no_report() -> None:
    """Not even where the server tells it."""
    key = judged("reapi", paid=0).key  # the same in every run

    def tell_tale(said: Said) -> None:
        said.headers["X-Your-Key"] = key
        if isinstance(said.data, dict):
            said.say({**said.data, "status": f"the key {key} is busy"})

    result = judged("reapi", tell_tale)
    assert result.key == key
    assert "submit-status" in result.failed
    assert "is busy" in result.sentence("submit-status")
    report = result.report
    texts = [encoded(as_json(report)).decode(), junit_xml(report), html_page(report), str(sarif(report)), repr(report)]
    assert not [text for text in texts if key in text]


def test_a_report_survives_its_file() -> None:
    report = judged("onemin", DEVIATIONS[-1].deviate).report
    assert from_json(as_json(report)).results == from_json(as_json(from_json(as_json(report)))).results


def test_ids_are_unique_and_rules_exist() -> None:
    checks = all_drift_checks()
    assert not {*checks} & {*all_checks()}
    for id, check in checks.items():
        assert id.startswith(f"{check.provider}.drift.")
        assert check.rule.startswith(f"{check.provider}."), id
        assert check.cites.statement
        assert check.why.endswith("."), id
        if check.cites.basis in ("inferred", "extension") and check.scored == "MUST":
            pytest.fail(f"{id} holds a server to what its document does not say ({check.rule})")
    assert len(checks) > 150
