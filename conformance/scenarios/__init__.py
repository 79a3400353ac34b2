"""Scenarios: what a client is asked for and what happens meanwhile, as data, and the strategies that make them."""
