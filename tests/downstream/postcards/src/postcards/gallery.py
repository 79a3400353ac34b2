"""Many pictures at once from 3D AI Studio, with `aiohttp`."""

import asyncio
from typing import Any, Self

import aiohttp

from .errors import Faded, Refused, TooLate, Unclear

EVERY = 5.0  # seconds between two looks
ENDS = ("FINISHED", "FAILED", "ERROR")


class Gallery:
    """Orders pictures and waits for them; `deadline` in seconds. An async context manager."""

    def __init__(self, base_url: str, api_key: str, *, deadline: float = 600) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._deadline = deadline

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def paint(self, prompt: str, copies: int = 1) -> list[str]:
        """The links of so many pictures."""
        task = await self._order(prompt, copies)
        try:
            answer = await asyncio.wait_for(self._wait_for(task), self._deadline)
        except TimeoutError:
            raise TooLate(f"{task} was not there after {self._deadline:.0f} s") from None
        if answer["status"] != "FINISHED":
            raise Refused(answer.get("failure_reason", "the task failed"))
        return [result["asset_url"] for result in answer["results"]]

    async def fetch(self, link: str) -> bytes:
        """The picture behind a link. The key stays at home: links lead to other hosts."""
        async with self._session.get(link) as response:
            if response.status in (403, 404, 410):
                raise Faded(f"{link} shows nothing any more")
            response.raise_for_status()
            return await response.read()

    async def _order(self, prompt: str, copies: int) -> str:
        url = f"{self._base_url}/v1/images/gemini/3/pro/generate/"
        try:
            async with self._session.post(
                url, json={"prompt": prompt, "num_images": copies}, headers=self._headers
            ) as response:
                if response.status >= 500:
                    raise Unclear(f"the order of {prompt!r} was answered with status {response.status}")
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear(f"the order of {prompt!r} was not answered") from error
        if response.status >= 400:
            raise Refused(str(answer))
        task: str = answer["task_id"]
        return task

    async def _wait_for(self, task: str) -> dict[str, Any]:
        """The state of a task once it has ended."""
        while True:
            answer = await self._look(task)
            if answer is not None and answer["status"] in ENDS:
                return answer
            await asyncio.sleep(EVERY)

    async def _look(self, task: str) -> dict[str, Any] | None:
        """The state of a task, or None if nobody can tell at the moment."""
        url = f"{self._base_url}/v1/generation-request/{task}/status/"
        try:
            async with self._session.get(url, headers=self._headers) as response:
                if response.status != 200:
                    return None
                answer: dict[str, Any] = await response.json()
                return answer
        except (aiohttp.ClientError, TimeoutError):
            return None
