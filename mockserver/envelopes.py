"""How a provider words a problem: its catalogue row, its envelope, filled in."""

from collections.abc import Mapping
from typing import Any

from ..specs import Behaviour, ProblemText
from .problems import Problem
from .replies import Reply

_MISSING = object()


class _Facts(dict[str, Any]):
    """Facts for a message; one that nobody supplied reads as an empty text."""

    def __missing__(self, name: str) -> str:
        return ""


def fill(template: Any, variables: Mapping[str, Any]) -> Any:
    """A copy of a JSON template with every `$name` replaced; keys whose variable is None or absent go."""
    if isinstance(template, str):
        return variables.get(template[1:]) if template.startswith("$") else template
    if isinstance(template, list):
        return [fill(item, variables) for item in template]
    if isinstance(template, dict):
        return {key: value for key, part in template.items() if (value := fill(part, variables)) is not None}
    return template


def word(behaviour: Behaviour, problem: Problem, choices: Mapping[str, str], **circumstances: Any) -> Reply:
    """The answer in which this provider tells its caller of a problem.

    `choices` are the tenant's readings and knobs of the provider: one of them may choose the envelope.
    `circumstances` are facts that stand back behind those of the problem.
    """
    row = behaviour.problems[problem.kind]
    facts = _Facts({**circumstances, **problem.facts, **row.extra, "code": row.code, "status": row.status})
    facts["message"] = (problem.message or row.message).format_map(facts)
    headers = {name: value.format_map(facts) for name, value in row.headers.items()}
    return Reply(row.status, fill(_envelope(behaviour, row, choices), facts), headers={**headers, **problem.headers})


def _envelope(behaviour: Behaviour, row: ProblemText, choices: Mapping[str, str]) -> Any:
    if row.envelope == "default" and behaviour.envelope_reading:
        chosen = choices[behaviour.envelope_reading]
        return behaviour.envelopes.get(chosen, behaviour.envelopes["default"])
    return behaviour.envelopes[row.envelope]
