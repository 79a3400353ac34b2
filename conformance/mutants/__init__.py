"""Deliberately wrong clients: the reference with one bug each, so that every check can show that it finds something."""
