"""The documented example of each provider, sent and followed to its images."""
