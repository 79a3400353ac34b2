"""What every test stands on."""

from hypothesis import settings

# The machine may be busy: an example is slow because of what it does, never because of who else is there.
settings.register_profile("safelight", parent=settings(), deadline=None, print_blob=True)
settings.load_profile("safelight")
