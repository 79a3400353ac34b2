"""The providers' own APIs as dialects, with our own simulator in the place of a gateway that runs at a URL."""

from pathlib import Path

import pytest
import yaml
from gateway_stand import described, three_ports

from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.run import Run
from safelight.conformance.gateway import gateway_subject
from safelight.conformance.gateway.dialect import FOLDER, dialect_document, dialect_names
from safelight.conformance.scenarios.model import Call, Manner, Picture, Scenario, Wish
from safelight.specs import provider_names

MODEL = "gemini-3-pro-image-preview"
KEY = "sk-a-key-of-callers"
SOON = Manner(poll_every=0.05)
WISHES = {
    "reapi": Wish("猫", "16:9", "2K", 2, (Picture(), Picture(seed=1))),
    "threedai": Wish("猫", "16:9", "2K", 2, (Picture(by="bytes"), Picture(by="bytes", seed=1)), "webp"),
    "gmicloud": Wish("猫", "16:9", "2K", None, (Picture(), Picture(seed=1)), "jpeg"),
    "tokaify": Wish("猫", "16:9", "2K", None, (Picture(by="bytes"),), temperature=0.5, top_p=0.5),
    "onemin": Wish("猫", None, "2K", temperature=0.5, top_p=0.5),
}


def run_of(provider: str, folder: Path, *calls: Call, ending: str = "succeeded", keys: bool = False) -> Run:
    """A scenario with a gateway of five lines."""
    port = three_ports()
    row = {
        "url": f"http://127.0.0.1:{port}/{provider}",
        "dialect": provider,
        "keys": {"own": KEY},
        "models": {provider: MODEL},
        "simulator": {"port": port, **({"keys": {provider: KEY}} if keys else {})},
    }
    with Engine(gateway_subject(described(folder, row))) as engine:
        assert engine.subject.capabilities.providers == (provider,)
        return engine.run(Scenario(provider, calls, ending=ending))


def test_there_is_one_for_each_provider() -> None:
    assert set(dialect_names()) > set(provider_names())
    for name in provider_names():
        assert dialect_document(name)["provider"] == name


@pytest.mark.parametrize("provider", provider_names())
def test_a_gateway_that_speaks_it_takes_five_lines(provider: str, tmp_path: Path) -> None:
    wish = WISHES[provider]
    run = run_of(
        provider, tmp_path, Call(manner=SOON), Call(wish, manner=SOON), Call(Wish("", resolution="9K"), manner=SOON),
        Call(manner=Manner(key="none")),
    )  # fmt: skip
    plain, full, wrong, stranger = run.outcomes
    assert [len(plain.images), len(full.images)] == [1, wish.count or 1]
    assert all(image.data for image in (*plain.images, *full.images))
    assert (wrong.status, stranger.status) == (400, 401)
    assert wrong.message != "HTTP 400"
    assert [seen.exchange.verdict for seen in run.submits] == ["valid", "valid", "invalid", "unchecked"]
    assert [job.prompt for job in run.jobs] == ["a red kite", "猫"]


@pytest.mark.parametrize("provider", ["reapi", "threedai", "gmicloud"])
def test_a_job_that_fails_is_an_error(provider: str, tmp_path: Path) -> None:
    outcome = run_of(provider, tmp_path, Call(manner=SOON), ending="moderated-output").outcome
    assert (outcome.kind, outcome.category) == ("error", "failed")
    assert outcome.message != "HTTP 200"


def test_with_keys_of_the_gateway_no_others_are_taken(tmp_path: Path) -> None:
    run = run_of("reapi", tmp_path, Call(manner=SOON), Call(manner=Manner(key="wrong")), keys=True)
    assert [outcome.status for outcome in run.outcomes] == [200, 401]
    assert run.api_key == KEY


def test_dialects_have_no_fields_that_a_file_could_not_have() -> None:
    schema = yaml.safe_load((FOLDER.parent / "gateway.schema.yaml").read_text())
    flow = schema["properties"]["flows"]["items"]["properties"]
    for name in dialect_names():
        for each in dialect_document(name)["flows"]:
            assert set(each) <= set(flow)
            assert set(each["answer"]) <= set(flow["answer"]["properties"])
            assert set(each.get("poll", {})) <= set(flow["poll"]["properties"])
