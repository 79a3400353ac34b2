"""Gateways that are right, but offer less than most, or in another way, are acquitted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from safelight.conformance.client import ClientError
from safelight.conformance.engine.engine import Engine
from safelight.conformance.gateway.app import AppSubject, Make
from safelight.conformance.gateway.file import read_gateway
from safelight.conformance.reference_gateway import Gateway, app_of
from safelight.conformance.reference_gateway.errors import GatewayError
from safelight.conformance.suite.catalogue import items_for
from safelight.conformance.suite.runner import Explorer, Plan

REFERENCE = Path(__file__).parents[2] / "conformance" / "reference_gateway" / "gateway.yaml"


class ByStatusAlone(Gateway):
    """Takes a 403 of a provider for what it mostly is: Tokaify's document doesn't say that it may be a quota."""

    async def generate(self, client: Any, request: Any) -> Any:
        try:
            return await super().generate(client, request)
        except ClientError as error:
            if error.category == "credits":
                raise GatewayError("upstream_auth", "the provider does not accept this gateway") from None
            raise


class InCapitalsAlone(Gateway):
    """Wants resolutions as its own documentation has them."""

    async def generate(self, client: Any, request: Any) -> Any:
        if request.resolution and request.resolution.islower():
            raise GatewayError("unsupported_value", "resolution is 1K, 2K or 4K")
        return await super().generate(client, request)


def jobs_only(document: dict[str, Any]) -> None:
    document["flows"] = document["flows"][1:]


def bytes_only(document: dict[str, Any]) -> None:
    document["flows"] = document["flows"][:1]
    document["flows"][0]["body"]["response_format"] = "b64_json"
    document["forms"] = {"bytes": "b64_json"}


def as_it_is(document: dict[str, Any]) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "make", "provider", "checks"),
    [
        (jobs_only, app_of(Gateway), "threedai", ["house.calls.not-swapped", "house.calls.failure-forgotten"]),
        (bytes_only, app_of(Gateway), "reapi", ["gateway.tasks.end-is-true"]),
        (as_it_is, app_of(ByStatusAlone), "tokaify", ["gateway.errors.credits-told"]),
        (as_it_is, app_of(InCapitalsAlone), "reapi", ["reapi.submit.resolution-case"]),
    ],
)
def test_what_is_right_in_its_own_way_is_acquitted(
    change: Callable[[dict[str, Any]], None], make: Make, provider: str, checks: list[str], tmp_path: Path
) -> None:
    assert set(statuses(change, make, provider, checks, tmp_path).values()) == {"pass"}


def test_who_speaks_of_a_documented_lack_of_credits_as_of_a_key_is_found(tmp_path: Path) -> None:
    found = statuses(as_it_is, app_of(ByStatusAlone), "threedai", ["gateway.errors.credits-told"], tmp_path)
    assert found == {"gateway.errors.credits-told": "fail"}


def statuses(
    change: Callable[[dict[str, Any]], None], make: Make, provider: str, checks: list[str], folder: Path
) -> dict[str, str]:
    document = yaml.safe_load(REFERENCE.read_text())
    del document["openapi"]
    change(document)
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump(document))
    subject = AppSubject(read_gateway(file), make)
    with Engine(subject) as engine:
        items = items_for(subject.capabilities, subject.conditions, [provider], checks)
        return {result.id: result.status for result in Explorer(engine, Plan(shrink=False)).results(items)}
