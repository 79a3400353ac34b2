"""Is that the API at all, and is the key one of its keys? Told from the answers to the free probes."""

from __future__ import annotations

from collections.abc import Mapping

from .evidence import Answer, Evidence
from .troubles import CannotJudge, WrongAddress

_ABSENT = (404, 405, 501)
_KEY_REFUSED = (401, 403)


def look_at_address(evidence: Evidence, base_url: str) -> None:
    """Raises CannotJudge where every answer alike says that something else lives at this address."""
    title = evidence.spec.title
    found = [answer for probe, answer in evidence.free.values() if probe.operation and answer.status]
    if not found:
        raise CannotJudge(f"{base_url} gave no answer that can be read to any request.")
    statuses = {answer.status for answer in found}
    if all(300 <= status < 400 for status in statuses):
        target = next(
            iter(value for name, value in found[0].headers.items() if name.lower() == "location"), "elsewhere"
        )
        raise WrongAddress(f"{base_url} redirects every request, the first to {target}; give the address itself.")
    if statuses <= {*_ABSENT}:
        first = found[0].url.removeprefix(base_url)
        raise WrongAddress(
            f"{base_url} knows none of {title}'s paths (such as {first}, {found[0].told}); "
            "does the base URL lack a part of its path, or has it one too many?"
        )
    if all(status >= 500 for status in statuses):
        raise CannotJudge(f"{base_url} answers every request with {found[0].told}; try again when it is up.")
    if all(answer.served and not isinstance(answer.data, Mapping) for _, answer in evidence.free.values()):
        raise CannotJudge(
            f"{base_url} answers every request with {found[0].told}, also those without a key and on paths that nobody "
            f"has; that is not {title}'s API."
        )


def key_is_refused(evidence: Evidence) -> bool:
    """Whether every request with the given key was answered as one without a valid key is."""
    statuses = [answer.status for answer in _with_key(evidence)]
    return bool(statuses) and all(status in _KEY_REFUSED for status in statuses)


def refusal_of_key(evidence: Evidence) -> str:
    """The sentence about a key that is refused."""
    answer = _with_key(evidence)[0]
    return f"The server refuses this key ({answer.told}); give one of its own with --api-key."


def _with_key(evidence: Evidence) -> list[Answer]:
    return [answer for probe, answer in evidence.free.values() if probe.key == "given" and probe.operation]
