"""Faults: what goes wrong on purpose, as data (kinds.yaml) that is armed on operations of a tenant.

A fault is a document such as `{"kind": "reset", "operation": "poll", "skip": 1}`; `arm` validates it and lets it
lie in wait. Of those that meet a request, the first of each effect strikes, so that a slow answer can be an HTML
page as well. See `errors` for what can be wrong with an order.
"""

from .arming import arm
from .errors import FaultError, ImpossibleFault, InvalidFault
from .kinds import Kind, kinds
from .records import Fault, as_document, read_fault
from .table import Armed, FaultTable

__all__ = [
    "Armed",
    "Fault",
    "FaultError",
    "FaultTable",
    "ImpossibleFault",
    "InvalidFault",
    "Kind",
    "arm",
    "as_document",
    "kinds",
    "read_fault",
]
