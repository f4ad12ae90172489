"""How commands report what happens: JSON lines for scripts, a progress bar for a person at a terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from tqdm import tqdm

from ppo_desktop.cli.interruption import Interruption, interruption
from ppo_desktop.cli.screen import Screen, own_screen
from ppo_desktop.exports.json_lines import event_fields, json_line
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.events import Event, FinishReason, UpdateFinished


class Reporter:
    """Writes JSON lines, and shows a progress bar where a person looks on; use it as a context.

    Args:
        json_file: Where JSON goes: a file, or the standard output for "-" and where that is no terminal.
        screen: The standard output.

    Attributes:
        is_watched: Whether a person looks on.
    """

    def __init__(self, json_file: Path | None, screen: Screen) -> None:
        self.is_watched = screen.is_watched
        self._json_file = json_file
        self._screen = screen
        self._lines: IO[str] | None = None
        self._bar: tqdm[Any] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *what: object) -> None:
        self._stack.close()

    def begin(self, total: int | None, unit: str, title: str) -> None:
        """Open the file of JSON lines, or the bar; `total` is how far it goes, None if nobody knows.

        Raises:
            OSError: The file cannot be written.
        """
        self._open_lines()
        if self.is_watched:
            self._bar = self._stack.enter_context(tqdm(total=total, unit=f" {unit}", desc=title))

    def write(self, event: str, **fields: Any) -> None:
        """Write one JSON object, its "event" first, and flush it; a number that is not defined is null.

        Raises:
            OSError: It cannot be written.
        """
        self._open_lines()
        if self._lines is not None:
            self._lines.write(json_line({"event": event, **fields}))
            self._lines.flush()

    def report(self, event: Event) -> None:
        """Write an event of a run, if it is one that is written, and let the bar go on.

        Raises:
            OSError: It cannot be written.
        """
        if (fields := event_fields(event)) is not None:
            self.write(**fields)
        if isinstance(event, UpdateFinished):
            note = f"return {event.mean_return_100:.2f}, entropy {event.policy_entropy:.3f} nats"
            self.advance(event.steps, note)

    def advance(self, done: int, note: str) -> None:
        """Show on the bar how much is done of the total, and a note."""
        if self._bar is not None:
            self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(done - self._bar.n)

    def say(self, *lines: str) -> None:
        """Show a person lines of text; the bar is over."""
        if self._bar is not None:
            self._bar.close()
        if self.is_watched:
            print(*lines, sep="\n", file=self._screen.output, flush=True)

    def _open_lines(self) -> None:
        if self._screen.is_for_json:
            self._lines = self._screen.output
        elif self._json_file is not None and self._lines is None:
            file = self._json_file.open("w", encoding="utf-8", newline="\n")
            self._lines = self._stack.enter_context(file)


class Foreground(NamedTuple):
    """What a command has while others' code is at work.

    Attributes:
        reporter: The standard output, for us alone.
        noted: Whether the user has pressed Ctrl+C.
    """

    reporter: Reporter
    noted: Interruption


@contextmanager
def foreground(json_file: Path | None, nothing: Mapping[str, Any]) -> Iterator[Foreground]:
    """Have Ctrl+C and the standard output for ourselves while inside; see `own_screen`.

    Args:
        json_file: See `Reporter`.
        nothing: What the last line of JSON tells where the environment fails before anything is done.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # what goes wrong is told in one line, not logged
    with interruption() as noted, own_screen(json_file) as screen, Reporter(json_file, screen) as reporter:
        try:
            yield Foreground(reporter, noted)
        except EnvironmentFailure:
            reporter.write("finished", reason=FinishReason.FAILED.value, **nothing)
            raise
