"""Gateways whose list of models is not what they offer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from ...reference_gateway import Gateway
from ...reference_gateway.jobs import Job
from ...reference_gateway.wishes import Wish
from ..record import gateway_mutant
from .rewriting import Rewriting


@gateway_mutant("gateway.models.listed")
class ListsModelsOfOld(Gateway):
    """Lists a model that is not offered any more."""

    async def list_models(self, request: web.Request) -> web.Response:
        names = [*self.models, "reapi/gemini-2.5-flash-image-preview"]
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


@gateway_mutant("gateway.models.listed")
class ListsNamesOfItsOwn(Gateway):
    """Lists its models under names that only people understand."""

    def model_body(self, model: str) -> dict[str, Any]:
        return {**super().model_body(model), "id": model.replace("/", ": ").title()}


@gateway_mutant("gateway.models.unlisted")
class ServesAnyName(Gateway):
    """A model that it does not know is taken for the usual one."""

    def start(self, tenant: str, wish: Wish, request_id: str, **rest: Any) -> Job:
        model = wish.model if wish.model in self.models else next(iter(self.models))
        return super().start(tenant, replace(wish, model=model), request_id, **rest)


@gateway_mutant("gateway.models.unlisted")
class FindsModelWithinName(Gateway):
    """A model is found if its name is anywhere in what was asked for."""

    def start(self, tenant: str, wish: Wish, request_id: str, **rest: Any) -> Job:
        model = next((name for name in self.models if name in wish.model), wish.model)
        return super().start(tenant, replace(wish, model=model), request_id, **rest)


@gateway_mutant("gateway.models.unlisted")
class SplitsName(Rewriting):
    """Takes for granted that the name of a model is text."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "model": body["model"].strip()}
