"""Proof that the suite finds what it is meant to find, and accuses nobody else."""
