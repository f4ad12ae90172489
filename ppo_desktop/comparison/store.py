"""Comparisons on disk: one file each, to which every finished run is appended as a line of JSON.

docs/comparisons.md describes the format. What has been appended survives the end of the program,
however sudden; a line that was cut off is left out when the file is read. A file may come from
anywhere: everything in it is checked.
"""

from __future__ import annotations

import datetime
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ppo_desktop.comparison.measures import Measure
from ppo_desktop.comparison.plan import Comparison, InvalidComparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.serialization import (
    FORMAT,
    REASONS,
    SCHEMA,
    KeptComparison,
    comparison_from_json,
    event_line,
    first_line,
    run_line,
    unfinished_line,
)
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.schema import (
    LONGEST_TEXT,
    NOT_UNDERSTOOD,
    JsonObject,
    Unknown,
    UnusableFile,
    check_module,
    fault_of,
)
from ppo_desktop.whole_files import append

SUFFIX = ".jsonl"
LARGEST_FILE = 100_000_000
"""Bytes; the largest comparison there can be takes half."""
_READ_AT_ONCE = 1_000_000
"""Bytes."""
_BEGINNING = json.dumps({"format": FORMAT}).encode()[:-1]
_BEGIN_OF_RUN = re.compile(
    rb'{"event": "run", ("version": (?P<version>\d+), )?"variant": (?P<variant>\d), '
    rb'"seed": (?P<seed>\d{1,2}), "reason": "(?:' + "|".join(REASONS).encode() + rb')",'
)
_END_OF_RUN = (b"}}\n", b"}}\r\n", b"}}")
"""By these a run's line is known without reading it, also where an editor on Windows has saved the file."""


class UnreadableComparison(ValueError):
    """A file that holds no comparison, or one that cannot be understood; the message is one line."""


@dataclass(frozen=True)
class Peek:
    """What a list of comparisons says of one: its title, and how many of its runs are in its file."""

    title: str
    environment_id: str
    n_done: int
    n_runs: int


class ComparisonFile:
    """The file of one comparison; it is made when its first run has finished.

    What cannot be written is written with the next that can, and its methods raise OSError. Any thread may
    call them.
    """

    def __init__(self, path: Path, comparison: Comparison) -> None:
        self.path = path
        self._comparison = comparison
        self._lock = threading.Lock()
        self._unwritten: list[bytes] = []
        self._question = b""
        self._is_made = path.exists()
        self._is_deleted = False

    def add(self, key: RunKey, record: RunRecord) -> None:
        """Append a finished run; afterwards nothing can lose it but the disk."""
        line = run_line(key, record)
        with self._lock:
            self._unwritten.append(line)
            self._write()

    def set_seeds(self, n_seeds: int) -> None:
        """Take note that there are more seeds now."""
        with self._lock:
            self._comparison = self._comparison.with_seeds(n_seeds)
            if self.path.exists():
                self._unwritten.append(event_line("seeds", n_seeds=n_seeds))
                self._write()

    def rename(self, title: str) -> None:
        """Call the comparison something else; a name that is refused does not come later."""
        with self._lock:
            if self._is_made:  # where it has been taken away since, that is said
                self._write(event_line("title", title=title[:LONGEST_TEXT]))
            self._comparison = self._comparison.titled(title)

    def set_question(self, measure: Measure, reference: int) -> None:
        """Take note of the result that is shown now, and of the variant the others are compared with."""
        with self._lock:
            self._question = event_line("question", measure=measure.name, reference=reference)
            if self.path.exists():
                self._write()

    def delete(self) -> None:
        """Delete the file; a run that ends later does not make it again."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            self._is_deleted = True

    def _write(self, line: bytes = b"") -> None:
        """Append all that waits, and a line that does not wait if it is refused."""
        if self._is_deleted:
            return
        lines = b"".join((*self._unwritten, self._question, line))
        append(self.path, lines, first_line(self._comparison))
        self._unwritten.clear()
        self._question, self._is_made = b"", True


def new_file(folder: Path, comparison: Comparison) -> ComparisonFile:
    """Return a file of its own for a comparison that begins now.

    It is not there yet: only its name keeps it apart from that of another window, to the microsecond.
    """
    stem = datetime.datetime.now().strftime("%Y-%m-%d %H.%M.%S.%f")
    names = [stem, *(f"{stem} ({number})" for number in range(2, 1000))]
    paths = (folder / f"{name}{SUFFIX}" for name in names)
    return ComparisonFile(next(path for path in paths if not path.exists()), comparison)


def lines_so_far(comparison: Comparison, records: Mapping[RunKey, RunRecord]) -> Iterator[bytes]:
    """Yield the lines of a file that has a comparison as it is now, to be exported.

    Its runs may still be learning; what they have learnt, policies, is left out.
    """
    yield first_line(comparison)
    for key, record in records.items():
        yield (
            unfinished_line(key, record)
            if record.end is None
            else run_line(key, replace(record, policy=None))
        )


def peek(path: Path) -> Peek:
    """Return what a list says of the comparison in a file; its runs are counted, not read.

    Raises UnreadableComparison as `load` does.
    """
    lines = _lines(path)
    kept = _begin(path, next(lines, b""))
    keys = set()
    for line in lines:
        run = _BEGIN_OF_RUN.match(line)
        is_ours = run is not None and int(run["version"] or 1) <= SCHEMA.version
        if run is not None and is_ours and line.endswith(_END_OF_RUN):
            keys.add(RunKey(int(run["variant"]), int(run["seed"])))
        else:
            kept.take(line)
    wanted = {*kept.comparison.run_keys()}
    done = keys | kept.records.keys()  # lines that are written in another way are read
    return Peek(kept.comparison.title, kept.comparison.environment_id, len(done & wanted), len(wanted))


def load(path: Path) -> KeptComparison:
    """Return the comparison in a file, or raise UnreadableComparison.

    Nothing is imported for it: an environment of a module that was not named in this session is refused.
    """
    lines = _lines(path)
    kept = _begin(path, next(lines, b""))
    try:
        check_module(kept.comparison.environment_id)
    except UnusableFile as error:
        raise UnreadableComparison(one_line(f"{path.name} cannot be used: {error}")) from error
    for line in lines:
        if line.strip():
            kept.take(line)
    return kept


def _lines(path: Path) -> Iterator[bytes]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableComparison(f"{path.name} is too large to be a comparison.")
        with path.open("rb", buffering=_READ_AT_ONCE) as file:
            yield from file
    except OSError as error:
        raise UnreadableComparison(f"{path.name} cannot be read: {error.strerror}.") from error


def _begin(path: Path, line: bytes) -> KeptComparison:
    """Return what is compared, by the first line of its file; its runs are still to be read."""
    values, unknown = _header(path, line), Unknown()
    try:
        comparison = comparison_from_json(SCHEMA.migrate(values), unknown)
        return KeptComparison(comparison, SCHEMA.version_of(values), unknown)
    except (InvalidComparison, InvalidHyperparameter, UnusableFile) as error:
        raise UnreadableComparison(one_line(f"{path.name} cannot be used: {error}")) from error
    except NOT_UNDERSTOOD as error:
        raise UnreadableComparison(f"{path.name} is damaged: its first line is {fault_of(error)}.") from error


def _header(path: Path, line: bytes) -> JsonObject:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        if line.startswith(_BEGINNING):
            raise UnreadableComparison(f"{path.name} is damaged: its first line is not complete.") from error
        values = None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise UnreadableComparison(f"{path.name} is not a comparison of PPO Desktop.")
    return values
