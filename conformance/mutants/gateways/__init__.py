"""Gateways with one bug."""
