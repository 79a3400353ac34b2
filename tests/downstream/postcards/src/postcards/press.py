"""One picture at a time from reAPI, with `requests`."""

import logging
import time
from typing import Any

import requests

from .errors import Faded, Refused, TooLate, Unclear

MODEL = "gemini-3-pro-image-preview"
FIRST_LOOK = 30.0  # seconds after the order
LOOKS = ((180.0, 5.0), (float("inf"), 15.0))  # seconds since the order until which to look every so many seconds

_log = logging.getLogger(__name__)


class Press:
    """Orders pictures and waits for them; `deadline` in seconds after the order."""

    def __init__(self, base_url: str, api_key: str, *, deadline: float = 600) -> None:
        self._base_url = base_url.rstrip("/")
        self._deadline = deadline
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {api_key}"

    def __enter__(self) -> "Press":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def order(self, prompt: str) -> str:
        """The id of a new picture. An order whose answer is lost is not repeated: it may have been paid."""
        url = f"{self._base_url}/api/v1/images/generations"
        for _ in range(3):
            try:
                response = self._session.post(url, json={"model": MODEL, "prompt": prompt}, timeout=30)
            except requests.RequestException as error:
                raise Unclear(f"the order of {prompt!r} was not answered") from error
            if response.status_code != 429:
                break
            time.sleep(float(response.headers.get("Retry-After", "10")))
        if response.status_code >= 500:
            raise Unclear(f"the order of {prompt!r} was answered with status {response.status_code}")
        if response.status_code >= 400:
            raise Refused(response.json()["error"]["message"])
        picture: str = response.json()["id"]
        _log.info("ordered %s", picture)
        return picture

    def wait_for(self, picture: str) -> list[str]:
        """The links of a picture that was ordered just now."""
        ordered = time.monotonic()
        time.sleep(FIRST_LOOK)
        while True:
            answer = self._look(picture)
            if answer is not None and answer["status"] != "processing":
                return _links(answer)
            waited = time.monotonic() - ordered
            if waited >= self._deadline:
                raise TooLate(f"{picture} was not there after {waited:.0f} s")
            time.sleep(next(every for until, every in LOOKS if waited < until))

    def print_card(self, prompt: str) -> list[str]:
        """The links of a new picture."""
        return self.wait_for(self.order(prompt))

    def _look(self, picture: str) -> dict[str, Any] | None:
        """The state of a picture, or None if nobody can tell at the moment."""
        try:
            response = self._session.get(f"{self._base_url}/api/v1/tasks/{picture}", timeout=30)
        except requests.RequestException:
            return None
        if response.status_code in (401, 403):
            raise Refused(response.json()["error"]["message"])
        if response.status_code != 200:
            return None
        answer: dict[str, Any] = response.json()
        return answer


def fetch(link: str) -> bytes:
    """The picture behind a link."""
    response = requests.get(link, timeout=30)
    if response.status_code in (403, 404, 410):
        raise Faded(f"{link} shows nothing any more")
    response.raise_for_status()
    return response.content


def _links(answer: dict[str, Any]) -> list[str]:
    if answer["status"] != "completed":
        raise Refused(answer["error"]["message"])
    links: list[str] = answer["output"]["image_urls"]
    return links
