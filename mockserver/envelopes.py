"""How a provider words a problem: its catalogue row, its envelope, filled in."""

from collections.abc import Mapping
from typing import Any

from ..specs import Behaviour, ProblemText
from .problems import Problem
from .replies import Reply


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
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, part in template.items():
        value = variables.get(part[1:]) if isinstance(part, str) and part[:1] == "$" else fill(part, variables)
        if value is not None:
            filled[key] = value
    return filled


def word(behaviour: Behaviour, problem: Problem, choices: Mapping[str, str], **circumstances: Any) -> Reply:
    """The answer in which this provider tells its caller of a problem.

    `choices` are the tenant's readings and knobs of the provider: one of them may choose the envelope.
    `circumstances` are facts that stand back behind those of the problem.
    """
    row = behaviour.problems[problem.kind]
    facts = _Facts({**circumstances, **problem.facts, **row.extra, "code": row.code, "status": row.status})
    facts["message"] = (problem.message or row.message).format_map(facts)
    headers = {name: value.format_map(facts) for name, value in row.headers.items()} if row.headers else {}
    body = fill(_envelope(behaviour, row, choices), facts)
    return Reply(row.status, body, headers={**headers, **problem.headers} if problem.headers else headers)


def _envelope(behaviour: Behaviour, row: ProblemText, choices: Mapping[str, str]) -> Any:
    if row.envelope == "default" and behaviour.envelope_reading:
        chosen = choices[behaviour.envelope_reading]
        return behaviour.envelopes.get(chosen, behaviour.envelopes["default"])
    return behaviour.envelopes[row.envelope]
