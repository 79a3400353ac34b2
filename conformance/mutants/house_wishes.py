"""Clients that leave out what a provider has no field for."""

from __future__ import annotations

from dataclasses import replace

from ..client import GenerateRequest
from ..reference import GmiCloudClient, OneMinClient, ReapiClient, ThreeDaiClient, TokaifyClient
from ..reference.client import ReferenceClient
from .shared import each_of


@each_of(ReapiClient, ThreeDaiClient, GmiCloudClient, kills=("house.wishes.temperature-not-dropped",))
class DropsTemperatures(ReferenceClient):
    """A temperature that cannot be sent is left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return replace(super().normalised(request), temperature=None)


@each_of(ReapiClient, ThreeDaiClient, GmiCloudClient, kills=("house.wishes.top-p-not-dropped",))
class DropsTopP(ReferenceClient):
    """A top-p that cannot be sent is left out."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return replace(super().normalised(request), top_p=None)


@each_of(ReapiClient, TokaifyClient, OneMinClient, kills=("house.wishes.format-not-dropped",))
class DropsFormats(ReferenceClient):
    """Whatever format was asked for, the provider's is handed over."""

    def normalised(self, request: GenerateRequest) -> GenerateRequest:
        return replace(super().normalised(request), output_format=None)
