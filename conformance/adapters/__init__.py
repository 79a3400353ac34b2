"""Adapters to start from, one per language; `safelight init client` copies them."""
