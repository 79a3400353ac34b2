"""The press and the gallery of every test, at providers that live in this process."""

import asyncio

import pytest
import pytest_asyncio
from postcards.gallery import Gallery
from postcards.press import Press

from fixtures import PROMPT


@pytest.fixture
def press(reapi):
    with Press(reapi.base_url, reapi.api_key) as press:
        yield press


@pytest_asyncio.fixture
async def gallery(threedai):
    async with Gallery(threedai.base_url, threedai.api_key) as gallery:
        yield gallery


@pytest.fixture(scope="session")
def sample(threedai_session):
    """A link to a picture that all tests share, painted once."""

    async def paint():
        async with Gallery(threedai_session.base_url, threedai_session.api_key) as gallery:
            return await gallery.paint(PROMPT)

    (link,) = asyncio.run(paint())
    return link
