"""The reference client: asynchronous, for all five providers, right under every reading of their documents.

    safelight check client --factory safelight.conformance.reference:make

`factory_of` makes a factory of other classes, such as subclasses of these.
"""

from collections.abc import Mapping
from typing import Final

from ..client import FEATURES, Capabilities, Category, UnknownFeature
from .client import ReferenceClient
from .gmicloud import GmiCloudClient
from .onemin import OneMinClient
from .reapi import ReapiClient
from .threedai import ThreeDaiClient
from .tokaify import TokaifyClient

CLASSES: Final[Mapping[str, type[ReferenceClient]]] = {
    each.provider: each for each in (ReapiClient, ThreeDaiClient, GmiCloudClient, TokaifyClient, OneMinClient)
}


class ReferenceFactory:
    """Makes clients by provider."""

    errors: Mapping[type[Exception], Category] = {}  # what is raised has its category

    def __init__(self, classes: Mapping[str, type[ReferenceClient]], name: str = "reference") -> None:
        self.classes = dict(classes)
        self.capabilities = Capabilities(name, "1", tuple(classes), frozenset(FEATURES))

    def __call__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> ReferenceClient:
        """A client of one provider. Raises UnknownFeature for others than those of the factory."""
        if provider not in self.classes:
            raise UnknownFeature(provider, self.classes, "provider")
        return self.classes[provider](base_url=base_url, api_key=api_key, deadline=deadline)


def factory_of(classes: Mapping[str, type[ReferenceClient]], name: str = "reference") -> ReferenceFactory:
    """A factory for the providers in a table from provider to class."""
    return ReferenceFactory(classes, name)


make: Final = factory_of(CLASSES)

__all__ = [
    "CLASSES", "GmiCloudClient", "OneMinClient", "ReapiClient", "ReferenceClient", "ReferenceFactory", "ThreeDaiClient",
    "TokaifyClient", "factory_of", "make",
]  # fmt: skip
