"""Steering a simulator: the control API, and `client.Control`, its typed interface for tests."""

PREFIX = "/__safelight__"
