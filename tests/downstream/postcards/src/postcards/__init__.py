"""Postcards, printed by whoever resells the image model."""
