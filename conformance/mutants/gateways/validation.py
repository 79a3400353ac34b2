"""Gateways that guess what a caller may have meant, or fall over it."""

from __future__ import annotations

from typing import Any

from ...reference.wishes import RATIOS
from ..record import gateway_mutant
from .rewriting import Rewriting


@gateway_mutant("gateway.validation.count")
class ClampsCount(Rewriting):
    """A number of images that cannot be had becomes one that can."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        n = body.get("n", 1)
        return {**body, "n": max(1, min(4, n)) if isinstance(n, int) else n}


@gateway_mutant("gateway.validation.options")
class ForgivesRatio(Rewriting):
    """A ratio that nobody knows is taken for none."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        known = isinstance(body.get("aspect_ratio"), str) and body["aspect_ratio"] in RATIOS
        return body if known else {name: value for name, value in body.items() if name != "aspect_ratio"}


@gateway_mutant("gateway.validation.prompt")
class MakesTextOfPrompt(Rewriting):
    """Whatever is given as prompt is written out, nothing included."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "prompt": str(body.get("prompt"))}


@gateway_mutant("gateway.validation.count")
class CountsWithTexts(Rewriting):
    """Reckons with a number before it has looked whether it is one."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "n": body.get("n", 1) + 0}


@gateway_mutant("gateway.validation.references")
class DropsOddReferences(Rewriting):
    """References that it does not understand are left out."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        images = body.get("images")
        usual = ("http://", "https://", "data:image/")
        kept = [each for each in images if str(each).startswith(usual)] if isinstance(images, list) else []
        return {**body, "images": kept}


@gateway_mutant("gateway.validation.references")
class FallsOverOddReferences(Rewriting):
    """Takes every reference for text."""

    def rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "images": [each.strip() for each in body.get("images", [])]}
