"""A small reAPI integration for the tests of the plugin to have something to look at."""

import time
from typing import Any

import requests

from safelight.conformance.plugin.handle import ProviderHandle

BODY = {"model": "gemini-3-pro-image-preview", "prompt": "A lighthouse"}


def headers(reapi: ProviderHandle) -> dict[str, str]:
    return {"Authorization": f"Bearer {reapi.api_key}"}


def submit(reapi: ProviderHandle, **changes: Any) -> str:
    """The id of a new job."""
    url = f"{reapi.base_url}/api/v1/images/generations"
    response = requests.post(url, json={**BODY, **changes}, headers=headers(reapi), timeout=30)
    response.raise_for_status()
    job: str = response.json()["id"]
    return job


def poll(reapi: ProviderHandle, job: str) -> dict[str, Any]:
    """The job as it stands."""
    response = requests.get(f"{reapi.base_url}/api/v1/tasks/{job}", headers=headers(reapi), timeout=30)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def follow(reapi: ProviderHandle, job: str, *, first: float = 30, every: float = 5) -> dict[str, Any]:
    """The job once it has ended."""
    time.sleep(first)
    while (answer := poll(reapi, job))["status"] == "processing":
        time.sleep(every)
    return answer


def generate(reapi: ProviderHandle) -> list[str]:
    """The URLs of the images of a new job."""
    urls: list[str] = follow(reapi, submit(reapi))["output"]["image_urls"]
    return urls
