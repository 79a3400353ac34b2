"""The reference gateway as a process."""

import logging
import os
import sys

from aiohttp import web

from . import SettingsError, make


def main() -> None:
    """Serve on 127.0.0.1, port $PORT, until SIGINT or SIGTERM. A wrong setting ends it with status 2."""
    logging.basicConfig(level=logging.INFO)
    try:
        port = int(os.environ["PORT"])
        app = make(os.environ)
    except (KeyError, ValueError) as error:
        said = str(error) if isinstance(error, SettingsError) else "PORT has to be set, to the number of a port"
        sys.exit(f"The gateway does not start: {said}.")
    web.run_app(app, host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
