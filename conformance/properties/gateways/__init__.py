"""Checks of the face that a gateway shows to its own callers."""
