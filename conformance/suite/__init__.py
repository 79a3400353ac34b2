"""The suite: which checks apply to a client, what exploring them found, and what that means for CI."""
