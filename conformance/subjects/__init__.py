"""Subjects: the ways to run a client under test, all with one face."""
