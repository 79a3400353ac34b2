"""The main job on show: a client that is right, and one that is not."""
