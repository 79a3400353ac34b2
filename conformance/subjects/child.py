"""A process of a client, with its pipes on an event loop; it ends with all that it has started."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
from _thread import start_new_thread
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, cast

from .errors import BadSubject

Notice = Callable[[], None]

_CHUNK: Final = 65_536
_KEPT: Final = 256 * 1024  # bytes of error output
_LAST_LINES: Final = 3


class Child:
    """Started at once, in a session of its own. Raises BadSubject where there is no such program.

    It runs in `directory`, or in ours. `on_output` gets what it writes to its standard output, and b"" at the end of
    that; `on_error` is called when there is more on its standard error, `on_deaf` when it has closed its standard
    input, `on_end` once it has ended and its output has been read.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        on_output: Callable[[bytes], None],
        on_error: Notice,
        on_end: Notice,
        on_deaf: Notice = lambda: None,
        directory: Path | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_output = on_output
        self._on_error = on_error
        self._on_end = on_end
        self._on_deaf = on_deaf
        self._errors = bytearray()
        self._unsent = bytearray()
        self.ended = self._loop.create_future()
        self.returncode: int | None = None
        self._popen = _start(arguments, environment, directory)
        pipes = (self._popen.stdin, self._popen.stdout, self._popen.stderr)
        self._input, self._output, self._error_output = (cast(IO[bytes], pipe) for pipe in pipes)
        for pipe in (self._input, self._output, self._error_output):
            os.set_blocking(pipe.fileno(), False)
        self._loop.add_reader(self._output.fileno(), self._read_output)
        self._loop.add_reader(self._error_output.fileno(), self._read_errors)
        self._loop.add_reader(self._input.fileno(), self._notice_deafness)  # there is nothing to read but its closing
        start_new_thread(self._wait, ())

    @property
    def pid(self) -> int:
        """Its id, which is that of its group and session as well."""
        return self._popen.pid

    def write(self, data: bytes) -> None:
        """Put this into its standard input."""
        if not self._unsent and not self._input.closed:
            self._loop.add_writer(self._input.fileno(), self._send)
        self._unsent += data
        self._send()

    def close_input(self) -> None:
        """Write no more."""
        if not self._input.closed:
            self._loop.remove_reader(self._input.fileno())
            self._loop.remove_writer(self._input.fileno())
            self._input.close()

    def errors(self) -> str:
        """The end of what it wrote to its standard error so far."""
        self._read_errors()
        return self._errors.decode("utf-8", "replace")

    def forget_errors(self) -> None:
        """Keep what comes from now on."""
        self._read_errors()
        self._errors.clear()

    def last_words(self) -> str:
        """The last lines of its standard error, for a sentence about its end; empty where there are none."""
        lines = [line.strip() for line in self.errors().splitlines() if line.strip()]
        return " / ".join(lines[-_LAST_LINES:])

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End it and its group, at once unless by a milder signal."""
        if self.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, by)

    def _send(self) -> None:
        if self._input.closed:
            self._unsent.clear()
            return
        try:
            while self._unsent:
                del self._unsent[: os.write(self._input.fileno(), self._unsent[:_CHUNK])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._notice_deafness()
            return
        self._loop.remove_writer(self._input.fileno())

    def _notice_deafness(self) -> None:
        self._unsent.clear()
        self.close_input()
        self._on_deaf()

    def _read_output(self) -> None:
        data = self._read(self._output)
        if data is not None:
            self._on_output(data)

    def _read_errors(self) -> None:
        while data := self._read(self._error_output):
            self._errors += data
            del self._errors[:-_KEPT]
            self._on_error()

    def _read(self, pipe: IO[bytes]) -> bytes | None:
        """None while there is nothing, b"" at the end."""
        if pipe.closed:
            return None
        try:
            data = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return None
        if not data:
            self._close(pipe)
        return data

    def _close(self, pipe: IO[bytes]) -> None:
        if not pipe.closed:
            self._loop.remove_reader(pipe.fileno())
            pipe.close()

    def _wait(self) -> None:
        if hasattr(os, "waitid"):  # it stays a zombie until the loop has looked, so that its group is no other's
            os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._popen.wait()
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        self.kill()  # what it left behind in its group
        self.returncode = self._popen.wait()
        while not self._output.closed and (data := self._read(self._output)) is not None:
            self._on_output(data)
        self._read_errors()
        self.close_input()
        self._close(self._output)
        self._close(self._error_output)
        if not self.ended.done():
            self.ended.set_result(None)
        self._on_end()


def split_command(command: str, option: str) -> list[str]:
    """The words of a command as a shell splits them. Raises BadSubject."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadSubject(f"{option} {command!r} cannot be split into words: {str(error).lower()}.") from None
    if not words:
        raise BadSubject(f"{option} is empty; it takes a command such as `node adapter.mjs`.")
    return words


def ending(returncode: int | None) -> str:
    """How a process ended, in words."""
    if returncode is not None and returncode < 0:
        try:
            return f"was killed by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"was killed by signal {-returncode}"
    return f"exited with code {returncode}"


def _start(arguments: Sequence[str], environment: Mapping[str, str], directory: Path | None) -> subprocess.Popen[bytes]:
    program = arguments[0]
    try:
        return subprocess.Popen(
            arguments,
            cwd=directory,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except FileNotFoundError:
        if directory is not None and not directory.is_dir():
            raise BadSubject(f"there is no folder {directory} to run {program!r} in.") from None
        raise BadSubject(f"there is no program {program!r} to run; is it installed, and is its path right?") from None
    except PermissionError:
        raise BadSubject(f"{program!r} cannot be run; is it executable?") from None
    except OSError as error:
        raise BadSubject(f"{program!r} cannot be run: {(error.strerror or str(error)).lower()}.") from None
