"""What a client under test has to offer, whatever it is called inside.

A *factory* makes a client for one provider; the client has one method, `generate`, async or not. Nothing here has to
be subclassed: any object with these names will do, and any exception with a `category`.

    def make(*, provider, base_url, api_key, deadline=None):
        return MyAdapter(...)

    class MyAdapter:
        async def generate(self, request: GenerateRequest) -> Result: ...

Optional methods, each a capability: `list(model)`, `cancel(task_id)`, `resume(task_id)`, `close()`. Optional on the
factory: `capabilities` (a Capabilities or a mapping with its fields) and `errors`, a mapping of foreign exception types
to categories, or to functions that make a mapping with `category` and the other fields of ClientError of an exception.
"""

from .capabilities import FEATURES, Capabilities, UnknownFeature
from .errors import CATEGORIES, Category, ClientError
from .interface import Client, Factory
from .requests import Bytes, GenerateRequest, Url
from .results import Image, Result

__all__ = [
    "CATEGORIES",
    "FEATURES",
    "Bytes",
    "Capabilities",
    "Category",
    "Client",
    "ClientError",
    "Factory",
    "GenerateRequest",
    "Image",
    "Result",
    "UnknownFeature",
    "Url",
]
