"""The vendors' own SDKs, unmodified, in virtual time: their time-outs, their retries, their pauses."""

import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from safelight.conformance.plugin.handle import ProviderHandle

MODEL = "gemini-3-pro-image-preview"

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")  # in google-genai


@pytest.fixture(params=["sync", "async"])
def genai(request: pytest.FixtureRequest, tokaify: ProviderHandle) -> Callable[..., Any]:
    """`generate_content` of either client of google-genai, with HTTP options."""
    google = pytest.importorskip("google.genai", reason="google-genai is not installed")

    def generate(**http: Any) -> Any:
        options = {"base_url": tokaify.base_url, "api_version": "v1beta", "client_args": {"trust_env": False}, **http}
        arguments = {"api_key": tokaify.api_key, "http_options": google.types.HttpOptions(**options)}

        async def generate_async() -> Any:
            async with google.Client(**arguments).aio as client:
                return await client.models.generate_content(model=MODEL, contents="A lighthouse")

        if request.param == "async":
            return anyio.run(generate_async)
        with google.Client(**arguments) as client:
            return client.models.generate_content(model=MODEL, contents="A lighthouse")

    return generate


def test_google_genai_waits_for_its_image(genai: Callable[..., Any], tokaify: ProviderHandle) -> None:
    started = time.monotonic()
    assert genai().parts
    (job,) = tokaify.jobs
    assert job.ends is not None
    assert time.monotonic() - started == pytest.approx(job.ends - job.submitted, abs=1e-3)
    assert time.monotonic() - started > 10


def test_google_genai_gives_up_after_its_time_out(genai: Callable[..., Any], tokaify: ProviderHandle) -> None:
    started = time.monotonic()
    with pytest.raises(Exception, match=r"(?i)timed?.?out|^$"):
        genai(timeout=5_000)
    assert time.monotonic() - started == pytest.approx(5, abs=1e-3)


def test_google_genai_pauses_between_attempts(genai: Callable[..., Any], tokaify: ProviderHandle) -> None:
    tokaify.fail("rate-limited", times=2)
    types = pytest.importorskip("google.genai.types")
    pauses = types.HttpRetryOptions(attempts=3, initial_delay=8, exp_base=2, jitter=0, max_delay=60)
    assert genai(retry_options=pauses).parts
    first, second, third = [exchange.at for exchange in tokaify.requests]
    assert [second - first, third - second] == pytest.approx([8, 16], abs=1e-3)


@pytest.fixture(params=["sync", "async"])
def openai(request: pytest.FixtureRequest, reapi: ProviderHandle) -> Callable[..., Any]:
    """`images.generate` of either client of openai, with the client's options."""
    module = pytest.importorskip("openai", reason="openai is not installed")

    def generate(**options: Any) -> Any:
        arguments = {"base_url": f"{reapi.base_url}/api/v1", "api_key": reapi.api_key, **options}

        async def generate_async() -> Any:
            async with module.AsyncOpenAI(**arguments) as client:
                return await client.images.generate(model=MODEL, prompt="A lighthouse")

        if request.param == "async":
            return anyio.run(generate_async)
        with module.OpenAI(**arguments) as client:
            return client.images.generate(model=MODEL, prompt="A lighthouse")

    return generate


def test_openai_submits(openai: Callable[..., Any], reapi: ProviderHandle) -> None:
    assert openai().id == reapi.jobs[0].id


def test_openai_gives_up_after_its_time_out(openai: Callable[..., Any], reapi: ProviderHandle) -> None:
    reapi.fail("hang", operation="submit")
    started = time.monotonic()
    with pytest.raises(Exception, match="timed out"):
        openai(timeout=40, max_retries=0)
    assert time.monotonic() - started == pytest.approx(40, abs=1e-3)


def test_openai_waits_as_long_as_it_is_told_to(openai: Callable[..., Any], reapi: ProviderHandle) -> None:
    reapi.fail("rate-limited", retry_after=17)
    assert openai(max_retries=1).id
    first, second = [exchange.at for exchange in reapi.requests]
    assert second - first == pytest.approx(17, abs=1e-3)
    reapi.assert_paid_once()
