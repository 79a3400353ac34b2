"""`python -m safelight.conformance` is `safelight`."""

from .cli import main

if __name__ == "__main__":
    main()
