"""The Tokaify example through Google's own SDK, unmodified and merely given another base URL."""

from __future__ import annotations

import asyncio
from typing import Any

from ...fixtures.reading import Request, find_exchange
from .following import Life
from .recipes import Recipe
from .stage import NotDelivered, Stage


def is_installed() -> bool:
    """Whether the SDK can be imported. The import takes a second, which is over once this is known."""
    try:
        import google.genai  # noqa: F401
    except ImportError:
        return False
    return True


async def over_google_genai(stage: Stage, recipe: Recipe, life: Life) -> list[bytes]:
    """The images of a recipe by `client.models.generate_content`. Raises NotDelivered."""
    request = find_exchange(recipe.provider, recipe.example).request
    address = (stage.api_url(recipe.provider), stage.key(recipe.provider))
    try:
        response = await stage.while_time_passes(asyncio.to_thread(_generate, *address, request))
    except Exception as error:  # whatever the SDK may raise, the table has a row for it
        raise NotDelivered(f"google-genai raised {type(error).__name__}: {error}") from error
    candidates = response.candidates or []
    for candidate in candidates[:1]:
        life.see(candidate.finish_reason.name)
    parts = [part for candidate in candidates for part in candidate.content.parts or []]
    return [part.inline_data.data for part in parts if part.inline_data]


def _generate(base_url: str, api_key: str, request: Request) -> Any:
    from google import genai

    model = request.path.rpartition("/")[2].partition(":")[0]

    # The SDK would ask for v1 of the API, and take proxies for this machine from the environment.
    options = genai.types.HttpOptions(base_url=base_url, api_version="v1beta", client_args={"trust_env": False})
    with genai.Client(vertexai=False, api_key=api_key, http_options=options) as client:
        return client.models.generate_content(
            model=model, contents=request.body["contents"], config=request.body["generationConfig"]
        )
