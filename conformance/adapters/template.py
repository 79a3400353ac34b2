"""Lets Safelight check your client: a factory that makes adapters, and an adapter that translates.

As it stands it hands every call to Safelight's own reference client, so that all is well. Put your client in its place
at (1), then translate at (2) to (5). Your client lives on simulated time: it may sleep and look at any clock as usual.
It may be synchronous as well; write `def` for `async def` then.
"""

from collections.abc import Mapping
from typing import Any

from ..client import Capabilities, Category, GenerateRequest, Image, Result
from ..reference import make as make_client  # (1) import your own


class Adapter:
    """One client of one provider."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def generate(self, request: GenerateRequest) -> Result:
        """Images for a request; what is None in it was not asked for."""
        # (2) Ask your client. What it cannot do is refused, not left out:
        #     if request.count not in (None, 1):
        #         raise ClientError("one image per call", category="unsupported")
        #     answer = await self.client.create(request.prompt, shape=request.ratio)
        answer = await self.client.generate(request)
        # (3) Tell what came of it: all images in order, each by its URL or with its bytes.
        images = tuple(Image(url=image.url, data=image.data, mime=image.mime) for image in answer.images)
        return Result(images, task_id=answer.task_id, expires_at=answer.expires_at, usage=answer.usage)

    async def close(self) -> None:
        """Close connections and files, if there are any to close."""
        await self.client.close()


class Factory:
    """Makes an adapter for each provider that your client knows."""

    # (4) What your client can do: checks of anything else do not apply. `safelight.conformance.client.FEATURES` has
    # the words.
    capabilities = Capabilities(
        name="my-client",
        version="1.0",
        providers=("reapi", "threedai", "gmicloud", "tokaify", "onemin"),
        features=frozenset(
            {"ratio", "resolution", "count", "url-images", "bytes-images", "deadline", "parallel", "close"}
        ),
    )
    # (5) What your client raises, and what that means; exceptions with a `category` of their own need no entry.
    errors: Mapping[type[Exception], Category] = {PermissionError: "auth", TimeoutError: "timeout"}

    def __call__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Adapter:
        """An adapter; the documented paths come below `base_url`, `deadline` are the seconds that a call may take."""
        return Adapter(make_client(provider=provider, base_url=base_url, api_key=api_key, deadline=deadline))


make = Factory()
