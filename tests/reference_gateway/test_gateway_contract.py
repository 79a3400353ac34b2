"""What the gateway's own papers say: its environment, its OpenAPI file, and the process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from gateway_rig import JOBS, PLAIN, PROVIDERS, Rig, model_of, play
from openapi_spec_validator import validate

from safelight.conformance import reference_gateway
from safelight.conformance.reference_gateway import Settings, SettingsError
from safelight.conformance.reference_gateway.errors import CODES
from safelight.conformance.reference_gateway.fields import READERS
from safelight.conformance.reference_gateway.wishes import HARMLESS

FOLDER = Path(reference_gateway.__file__).parent
CONTRACT = yaml.safe_load((FOLDER / "openapi.yaml").read_text())
SCHEMAS = CONTRACT["components"]["schemas"]

REAPI = {"REAPI_BASE_URL": "http://127.0.0.1:9", "REAPI_API_KEY": "rk-1", "GATEWAY_KEYS": "alice=sk-1"}


def valid(name: str, document: Any) -> None:
    """Check a document against a schema of the contract."""
    text = json.dumps({"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]})
    jsonschema_rs.validator_for(json.loads(text)).validate(document)


def test_the_contract_is_openapi() -> None:
    validate(CONTRACT)


def test_the_contract_knows_every_route() -> None:
    app = reference_gateway.make(REAPI)
    routes = {(r.method, str(r.resource.canonical)) for r in app.router.routes() if r.resource and r.method != "HEAD"}
    told = {(method.upper(), path) for path, row in CONTRACT["paths"].items() for method in row}
    assert routes == told


def test_the_contract_knows_every_field_and_code() -> None:
    assert set(SCHEMAS["Wish"]["properties"]) == {*READERS, *HARMLESS}
    assert set(SCHEMAS["Problem"]["properties"]["code"]["enum"]) == set(CODES)
    assert set(SCHEMAS["Problem"]["properties"]["type"]["enum"]) == {type for _, type in CODES.values()}


def test_answers_are_as_the_contract_says() -> None:
    async def story(rig: Rig) -> None:
        for provider in PROVIDERS:
            valid("Images", (await rig.images(model_of(provider), n=2)).json)
            job = await rig.ask("POST", JOBS, {"model": model_of(provider), "prompt": "a kite"})
            valid("Job", job.json)
            rig.arm({"kind": "failed", "provider": provider, "times": 2})
            failed = await rig.images(model_of(provider))
            valid("Error", failed.json)
            valid("Job", (await rig.ask("GET", f"{JOBS}/{failed.error['job']}")).json)
        valid("Images", (await rig.images(response_format="b64_json")).json)
        rig.arm({"kind": "partial", "provider": "reapi"})
        partial = (await rig.images(n=4)).json
        assert partial["partial"]
        valid("Images", partial)
        for job_id in list(rig.gateway.store.jobs):
            valid("Job", (await rig.ask("GET", f"{JOBS}/{job_id}")).json)
        for model in (await rig.ask("GET", "/v1/models")).json["data"]:
            valid("Model", model)
        valid("Error", (await rig.ask("GET", "/")).json)

    play(story)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"REAPI_BASE_URL": "", "REAPI_API_KEY": ""}, "no provider"),
        ({"REAPI_API_KEY": ""}, "both or neither"),
        ({"REAPI_BASE_URL": "reapi.ai"}, "REAPI_BASE_URL"),
        ({"GATEWAY_KEYS": ""}, "GATEWAY_KEYS"),
        ({"GATEWAY_KEYS": "sk-1"}, "GATEWAY_KEYS"),
        ({"GATEWAY_KEYS": "alice=sk-1,bob=sk-1"}, "twice"),
        ({"GATEWAY_DEADLINE": "soon"}, "'soon'"),
        ({"GATEWAY_DEADLINE": "-1"}, "'-1'"),
        ({"GATEWAY_FAILOVER": "reapi,openai"}, "'openai'"),
        ({"GATEWAY_REFERENCE_ORIGINS": "ftp://x"}, "'ftp://x'"),
    ],
)
def test_an_environment_that_makes_no_sense(change: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        reference_gateway.make({**REAPI, **change})
    assert "rk-1" not in str(raised.value)


def test_what_the_environment_says() -> None:
    settings = Settings.of({**REAPI, "GATEWAY_REFERENCE_ORIGINS": "http://127.0.0.1:80, https://Pictures.example/"})
    assert settings.deadline == 900
    assert settings.failover == ("reapi",)
    assert settings.origins == {"http://127.0.0.1", "https://pictures.example"}
    assert "rk-1" not in repr(settings)
    assert "sk-1" not in repr(settings)


def test_a_gateway_whose_order_names_nobody_has_no_plain_model() -> None:
    async def story(rig: Rig) -> None:
        assert (await rig.images(PLAIN)).error["code"] == "model_not_found"

    without: dict[str, str | None] = {"TOKAIFY_BASE_URL": None, "TOKAIFY_API_KEY": None}
    play(story, environ={"GATEWAY_FAILOVER": "tokaify", **without})


@pytest.mark.parametrize(("environ", "said"), [({}, "PORT"), ({"PORT": "x"}, "PORT"), ({"PORT": "0"}, "no provider")])
def test_a_process_that_cannot_start_says_why(environ: dict[str, str], said: str) -> None:
    command = [sys.executable, "-m", "safelight.conformance.reference_gateway"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("provider", [*PROVIDERS, ""])
def test_the_contract_says_of_each_provider_what_it_offers(provider: str) -> None:
    model = model_of(provider) if provider else PLAIN
    a_url, a_picture = "https://pictures.example/kite.png", "data:image/png;base64,aGVsbG8="
    wishes: list[dict[str, Any]] = [
        {}, {"prompt": "x" * 2000}, {"prompt": "x" * 2001}, {"aspect_ratio": "1:1"}, {"aspect_ratio": "auto"},
        {"aspect_ratio": "2:3"}, {"output_format": "png"}, {"output_format": "webp"}, {"temperature": 0}, {"top_p": 1},
        {"images": []}, {"images": [a_url]}, {"images": [a_picture]}, {"resolution": "4k"}, {"n": 4},
        {"temperature": 0, "output_format": "png"}, {"images": [a_picture], "temperature": 1},
    ]  # fmt: skip

    async def story(rig: Rig) -> None:
        for wish in wishes:
            body = {"model": model, "prompt": "a kite", **wish}
            try:
                valid("Wish", body)
                refused = False
            except jsonschema_rs.ValidationError:
                refused = True
            assert (await rig.ask("POST", JOBS, body)).status == (400 if refused else 202), wish

    play(story)
