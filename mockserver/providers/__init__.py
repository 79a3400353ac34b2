"""One thin module per provider: its routes' handlers, between its wire format and the core."""
