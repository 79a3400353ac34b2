"""Checks that need a scenario: each is a property of what a client does when it is asked for something known."""
