"""Properties."""

from typing import Final

from .record import Property

PROPERTIES: Final[tuple[Property, ...]] = ()
