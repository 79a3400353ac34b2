"""From the data of a behaviour.yaml that has passed its schema to a `Behaviour`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Band, Behaviour, Choice, Failure, Override, Polling, ProblemText, Range

PROBLEM_FIELDS = frozenset({"status", "code", "message", "envelope", "headers", "rule"})
Data = Mapping[str, Any]


def build_behaviour(raw: Data) -> Behaviour:
    """The record for the data of a valid behaviour.yaml."""
    durations, prices, media, limits = raw["durations"], raw["prices"], raw["media"], raw["limits"]
    errors = raw["errors"]
    return Behaviour(
        provider=raw["provider"],
        title=raw["title"],
        api_origin=raw["origins"]["api"],
        media_origins=tuple(raw["origins"].get("media", ())),
        key_prefix=raw["keys"]["prefix"],
        identifiers=raw["identifiers"],
        states={state: word for state, word in raw["states"].items() if state != "rule"},
        queued=_range(durations["queued"]),
        durations={tier: _range(bounds) for tier, bounds in durations["tiers"].items()},
        each_extra_image=float(durations.get("each_extra_image", 0)),
        prices=prices["tiers"],
        refunded=frozenset(prices.get("refunded", ())),
        polling=_polling(raw["polling"]) if "polling" in raw else None,
        store=media["store"],
        media_paths=media.get("paths", {}),
        media_signed=media.get("signed", False),
        media_life=media.get("life"),
        expired_media=media.get("expired", {}),
        body_limit=limits["body_bytes"],
        submits_per_minute=limits.get("submits_per_minute"),
        envelopes=errors["envelopes"],
        envelope_reading=errors.get("envelope_reading"),
        problems={kind: _problem(kind, row) for kind, row in errors["catalogue"].items()},
        overrides=tuple(_override(row) for row in errors.get("overrides", ())),
        failures={reason: _failure(reason, row) for reason, row in raw["failures"].items()},
        choices=_choices(raw["readings"], scored=True) | _choices(raw.get("knobs", {}), scored=False),
        raw=raw,
    )


def _range(bounds: list[float]) -> Range:
    shortest, longest = bounds
    return float(shortest), float(longest)


def _polling(row: Data) -> Polling:
    bands = tuple(Band(until=band.get("until"), every=_range(band["every"])) for band in row["bands"])
    return Polling(first_after=row.get("first_after"), bands=bands, rule=row["rule"])


def _problem(kind: str, row: Data) -> ProblemText:
    return ProblemText(
        kind=kind,
        status=row["status"],
        code=row.get("code"),
        message=row["message"],
        envelope=row.get("envelope", "default"),
        headers=row.get("headers", {}),
        rule=row["rule"],
        extra={key: value for key, value in row.items() if key not in PROBLEM_FIELDS},
    )


def _override(row: Data) -> Override:
    return Override(row["field"], row.get("keyword"), row.get("problem"), row.get("message"))


def _failure(reason: str, row: Data) -> Failure:
    return Failure(reason, row.get("code"), row["message"], row["rule"], row.get("after"))


def _choices(rows: Mapping[str, Data], *, scored: bool) -> dict[str, Choice]:
    return {name: Choice(name=name, scored=scored, **row) for name, row in rows.items()}
