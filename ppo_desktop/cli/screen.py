"""The program's own standard output: nothing that others print gets into it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tqdm import tqdm

from ppo_desktop.ppo.messages import counted, one_line

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_SHOWING_SECONDS = 0.1
"""Time between two looks at what others have printed."""
_LARGEST_FILE = 1_000_000
"""Bytes of what others have printed that are kept after they have been shown."""
_LONGEST_LINE = 10_000
"""Bytes of a line without an end that are kept."""


class Screen:
    """What the program itself writes to while foreign code may print.

    Attributes:
        output: The standard output, for us alone.
        is_for_json: Whether JSON goes there, and no progress bar to the error stream.
    """

    def __init__(self, output: IO[str], *, is_for_json: bool) -> None:
        self.output = output
        self.is_for_json = is_for_json

    @property
    def is_watched(self) -> bool:
        """Whether a person looks at the screen, and it is free for a progress bar."""
        return not self.is_for_json and self.output.isatty()


@contextmanager
def own_screen(json_file: Path | None) -> Iterator[Screen]:
    """Have the standard output for ourselves while inside; enter it before anybody else's code is imported.

    What others print, from C too, goes to the error stream; where that shows a progress bar it goes above it.

    Args:
        json_file: Where JSON goes: a file, or the screen for "-" and where no person looks on.
    """
    is_for_json = str(json_file) == "-" or (json_file is None and not sys.stdout.isatty())
    with ExitStack() as stack:
        output: IO[str] = sys.stdout
        if _is_real(sys.stdout, _STANDARD_OUTPUT) and _is_real(sys.stderr, _STANDARD_ERROR):
            output = stack.enter_context(_moved_output())
        screen = Screen(output, is_for_json=is_for_json)
        if screen.is_watched and output is not sys.stdout and sys.platform != "win32":
            stack.enter_context(_shown_above_bars())
        else:
            stack.enter_context(redirect_stdout(sys.stderr))
        yield screen


def _is_real(stream: IO[str], descriptor: int) -> bool:
    """Return whether a stream is the process's own, and has not been replaced."""
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):
        return False


@contextmanager
def _moved_output() -> Iterator[IO[str]]:
    """Write to the standard output alone; for all others its number stands for the error stream."""
    sys.stdout.flush()
    ours = os.dup(_STANDARD_OUTPUT)
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
    try:
        with open(ours, "w", encoding=sys.stdout.encoding, errors="replace", closefd=False) as output:
            yield output
    finally:
        sys.stdout.flush()
        os.dup2(ours, _STANDARD_OUTPUT)
        os.close(ours)


@contextmanager
def _shown_above_bars() -> Iterator[None]:
    """Collect what others print while inside, and show it above the progress bars there are."""
    with TemporaryFile(buffering=0) as file:
        os.dup2(file.fileno(), _STANDARD_OUTPUT)
        printed = _Printed(file.fileno())
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
            printed.finish()


class _Printed:
    """Shows now and then what has been printed since; equal lines one after another once, with their number.

    It is collected in a file, and not in a pipe: printing never has to wait until it has been read.

    Args:
        file: Descriptor of the file that is printed into.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._n_read = 0
        self._unfinished = b""
        self._line: str | None = None
        self._n_lines = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._show, name="printed", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Show the rest."""
        self._is_over.set()
        self._thread.join()

    def _show(self) -> None:
        while not self._is_over.wait(_SHOWING_SECONDS):
            self._show_new()
        self._show_new()
        self._show_line(self._unfinished)
        self._show_count()

    def _show_new(self) -> None:
        if sys.platform == "win32":
            raise NotImplementedError("a file that others write is read with a place of one's own")
        while new := os.pread(self._file, _LARGEST_FILE, self._n_read):
            self._n_read += len(new)
            *lines, self._unfinished = (self._unfinished + new).split(b"\n")
            self._unfinished = self._unfinished[:_LONGEST_LINE]
            for line in lines:
                self._show_line(line)
        if self._n_read > _LARGEST_FILE:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            self._n_read = 0

    def _show_line(self, line: bytes) -> None:
        text = one_line(line.decode(errors="replace"))
        if not text:
            return
        if text == self._line:
            self._n_lines += 1
            return
        self._show_count()
        self._line, self._n_lines = text, 0
        tqdm.write(text, file=sys.stderr)

    def _show_count(self) -> None:
        if self._n_lines:
            tqdm.write(f"({counted(self._n_lines, 'more line')} like this)", file=sys.stderr)
