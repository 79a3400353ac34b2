"""What all handlers share: the world they act on, and finding things in it by name."""

from ..providers.base import Provider
from ..tenants import Tenant
from ..world import World
from .ask import Ask, pick


class Handlers:
    """The operations of one topic; each method is named after its operation in openapi.yaml."""

    def __init__(self, world: World) -> None:
        self.world = world

    def tenant(self, ask: Ask) -> Tenant:
        """The tenant in the path. Raises Refused."""
        return pick("tenant", ask.params["tag"], self.world.tenants, status=404)

    def provider(self, name: str, *, status: int = 400) -> Provider:
        """The provider of this name. Raises Refused."""
        return pick("provider", name, self.world.providers, status=status)

    def chosen_provider(self, ask: Ask) -> str | None:
        """The provider that the query confines the answer to, None for all. Raises Refused."""
        name = ask.query.get("provider")
        return None if name is None else self.provider(name).name
