"""Control operations on what has happened: journal and ledger."""

from collections.abc import Iterator
from math import inf
from typing import Any

import orjson

from ..journal import Exchange
from ..tenants import Tenant
from ..transcript import as_har, as_record
from ..world import UNATTRIBUTED_TAG
from .ask import Ask
from .handling import Handlers
from .records import EntryRecord, LedgerRecord


class RecordHandlers(Handlers):
    """What was."""

    def get_journal(self, ask: Ask) -> Any:
        """Exchanges in the format asked for; text is JSON lines."""
        owner = self._owner(ask)
        secrets = [key.text for key in owner.keys.values()]
        exchanges = self._chosen(ask, owner)
        match ask.query.get("format", "json"):
            case "jsonl":
                return "".join(f"{orjson.dumps(as_record(each, secrets)).decode()}\n" for each in exchanges)
            case "har":
                return as_har(exchanges, bases=self._bases(owner), secrets=secrets)
            case _:
                rows = [as_record(exchange, secrets) for exchange in exchanges]
                return {"dropped": owner.journal.dropped, "exchanges": rows}

    def clear_journal(self, ask: Ask) -> None:
        """Forget the exchanges so far."""
        self._owner(ask).journal.clear()

    def get_ledger(self, ask: Ask) -> LedgerRecord:
        """Movements up to now, and what is left."""
        tenant, chosen = self.tenant(ask), self.chosen_provider(ask)
        now = tenant.clock.now()
        entries = tuple(
            EntryRecord(None if entry.at == -inf else entry.at, entry.provider, entry.credits, entry.reason, entry.job)
            for entry in tenant.ledger(chosen)
        )
        names = self.world.providers if chosen is None else [chosen]
        return LedgerRecord(entries, {name: tenant.wallets[name].balance(now) for name in names})

    def _owner(self, ask: Ask) -> Tenant:
        if ask.params["tag"] == UNATTRIBUTED_TAG:
            return self.world.unattributed
        return self.tenant(ask)

    def _chosen(self, ask: Ask, owner: Tenant) -> Iterator[Exchange]:
        provider, operation = self.chosen_provider(ask), ask.query.get("operation")
        after = int(ask.query.get("after", 0))
        for exchange in owner.journal:
            fits = exchange.number > after and operation in (None, exchange.operation)
            if fits and provider in (None, exchange.provider):
                yield exchange

    def _bases(self, owner: Tenant) -> dict[str, str]:
        tenant = self.world.default if owner is self.world.unattributed else owner
        bases = {name: self.world.api_url(tenant, name) for name in self.world.api_bases}
        return {**bases, "media": self.world.media_base}
