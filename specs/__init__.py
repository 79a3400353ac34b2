"""The specifications of the providers and their loader: what the simulator obeys and the checks cite."""

from .errors import InvalidSpec, SpecError, UnknownProvider
from .loader import load, load_folder, provider_names
from .model import (
    Band,
    Behaviour,
    Choice,
    Citation,
    Failure,
    Operation,
    Override,
    Parameter,
    Polling,
    ProblemText,
    Rule,
    SecurityScheme,
    Spec,
)

__all__ = [
    "Band",
    "Behaviour",
    "Choice",
    "Citation",
    "Failure",
    "InvalidSpec",
    "Operation",
    "Override",
    "Parameter",
    "Polling",
    "ProblemText",
    "Rule",
    "SecurityScheme",
    "Spec",
    "SpecError",
    "UnknownProvider",
    "load",
    "load_folder",
    "provider_names",
]
