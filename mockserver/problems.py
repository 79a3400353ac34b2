"""What can be wrong with a request, in neutral terms; each provider says it in its own words.

Problem      one refusal: a kind of `behaviour.yaml`'s error catalogue and its facts
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

LONGEST_VALUE = 80


class Problem(Exception):
    """A request is refused. `kind` is a key of the provider's error catalogue.

    `facts` fill the message: field, value (JSON text), reason, id, method, path, limit; `rule` is the rule
    that the request broke, `message` replaces the catalogue's text, `headers` are added to the answer.
    """

    def __init__(
        self,
        kind: str,
        *,
        rule: str | None = None,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.rule = rule
        self.message = message
        self.headers = headers or {}
        self.facts = facts


def shown(value: Any) -> str:
    """A JSON value as text for a message, shortened in the middle of nowhere rather than flooding it."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:  # an integer beyond 64 bits, which comes from within the process only
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def model_of(data: Any) -> str:
    """The model that a parsed body names, for messages; empty where it names none."""
    model = data.get("model") if isinstance(data, dict) else None
    return model if isinstance(model, str) else ""
