"""JSON for scripts, one object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ppo_desktop.screen import Screen


class JsonLines:
    """Writes objects, one a line, each flushed at once; nothing where there is no file.

    Args:
        file: Where they go.
    """

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file

    def write(self, event: str, **fields: Any) -> None:
        """Write one object, its "event" first; a number that is not defined is null.

        Raises:
            OSError: It cannot be written.
        """
        if self._file is not None:
            self._file.write(json.dumps(_without_nan({"event": event, **fields})) + "\n")
            self._file.flush()


@contextmanager
def json_lines(json_file: Path | None, screen: Screen) -> Iterator[JsonLines]:
    """Open the file of JSON lines: FILE, or the standard output for "-" and where it is no terminal.

    Raises:
        OSError: FILE cannot be written.
    """
    if screen.is_for_json:
        yield JsonLines(screen.output)
    elif json_file is None:
        yield JsonLines(None)
    else:
        with json_file.open("w", encoding="utf-8", newline="\n") as file:
            yield JsonLines(file)


def _without_nan(value: Any) -> Any:
    """JSON knows no nan."""
    match value:
        case dict():
            return {name: _without_nan(item) for name, item in value.items()}
        case list():
            return [_without_nan(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
