"""What code in this process logs and prints."""

from __future__ import annotations

import logging
import sys
from io import StringIO
from typing import Final

_OURS: Final = ("PIL", "aiohttp.access")  # loggers of what the simulator uses in the same process


class Log(logging.Handler):
    """Everything that is logged or printed while it is attached."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines = StringIO()

    def attach(self) -> None:
        root = logging.getLogger()
        self._levels = {logger: logger.level for logger in (root, *map(logging.getLogger, _OURS))}
        self._outputs = sys.stdout, sys.stderr
        for logger in self._levels:
            logger.setLevel(logging.DEBUG if logger is root else logging.WARNING)
        root.addHandler(self)
        sys.stdout = sys.stderr = self._lines

    def detach(self) -> None:
        logging.getLogger().removeHandler(self)
        for logger, level in self._levels.items():
            logger.setLevel(level)
        sys.stdout, sys.stderr = self._outputs

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.write(self.format(record) + "\n")
        except Exception:
            self._lines.write(f"{record.msg}\n")  # a record that cannot be formatted is the client's affair

    def text(self) -> str:
        return self._lines.getvalue()
