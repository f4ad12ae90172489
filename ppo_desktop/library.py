"""Everything that is kept of runs: listed, labelled, opened, deleted, and found again after a deletion.

```python
from ppo_desktop import library

kept = library.open_run(library.runs()[0].id)
trainer = kept.restore(update=120)
trainer.change(trainer.wanted.changed({"clip_range": 0.1}))
for event in trainer.events():
    ...
```
"""

from __future__ import annotations

import datetime
import json
import logging
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from filelock import Timeout

from ppo_desktop import trash
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.runs.keeping import FLUSH_SECONDS, JOURNAL, SUMMARY, SUMMARY_SECONDS
from ppo_desktop.runs.kept import KeptRun, UnreadableRun, lock_of
from ppo_desktop.runs.summary import LARGEST, Summary, summary_of
from ppo_desktop.schema import NOT_UNDERSTOOD, Schema, UnusableFile, text
from ppo_desktop.trash import is_deleted
from ppo_desktop.user_files import runs_folder
from ppo_desktop.whole_files import read_bounded, write_whole

LABELS = "labels.json"
WRITING_SECONDS = 20 * FLUSH_SECONDS
"""How long it is waited for what a run that learns has not written yet, also on a slow disk."""
_LOOK_SECONDS = 0.05
MOST_BYTES = 2_000_000_000
"""Of all runs together, unless the user sets another limit."""
_SCHEMA = Schema()
_LONGEST_LABELS = 10_000
"""Bytes."""
_AT_REST_SECONDS = 5 * SUMMARY_SECONDS
"""Seconds without a new line after which a run that somebody writes has been summed up."""
_OFFER = ".offered-"
"""How the names of files begin in which windows say what they can bring back."""
_LARGEST_OFFER = 1_000_000
"""Bytes."""
_Stamp = tuple[int, int]
"""When a file was changed, and its length."""
logger = logging.getLogger(__name__)


class InUse(Exception):
    """A run is learning, here or in another window; the message is one line."""


class NoSuchRun(ValueError):
    """There is no such run, or it is not there any more; the message is one line."""


UNUSABLE = (
    NoSuchRun,
    UnreadableRun,
    NotResumable,
    InvalidHyperparameter,
    EnvironmentFailure,
    UnsupportedEnvironment,
)
"""Why a moment of a run cannot be gone on from, or played; the message is one line."""


@dataclass(frozen=True)
class Labels:
    """What the user says of a run.

    Attributes:
        name: How it is called, empty for what differs from the preset.
        note: What there is to remember.
        is_starred: Whether it is kept for good.
        is_archived: Whether lists leave it out.
    """

    name: str = ""
    note: str = ""
    is_starred: bool = False
    is_archived: bool = False

    @property
    def keep_for_good(self) -> bool:
        """Whether it is not to make room for others."""
        return bool(self.name or self.note or self.is_starred)


@dataclass(frozen=True)
class Entry:
    """A run in a list.

    Attributes:
        id: By which it is known; the name of its folder.
        summary: What is said of it.
        labels: What the user says of it.
        began: When, in local time, "2026-11-30 10:15:00".
    """

    id: str
    summary: Summary
    labels: Labels
    began: str


class _Seen(NamedTuple):
    """How the files of a run were found; None for one that is not there."""

    journal: _Stamp | None
    summary: _Stamp | None
    labels: _Stamp | None

    @property
    def is_behind(self) -> bool:
        """Whether its summary says less than its journal, for whoever wrote them was killed in between."""
        if self.journal is None or self.summary is None:
            return False
        return self.summary[0] < self.journal[0] < 1e9 * (time.time() - _AT_REST_SECONDS)


def runs(folder: Path | None = None, complain: Callable[[str], None] = logger.warning) -> list[Entry]:
    """Return all runs that can be read, the newest first; of each that cannot `complain` in one line."""
    return Listing(folder, complain).runs()


class Listing:
    """Lists runs again and again; reads only what has changed since it was read last.

    Args:
        folder: In which the runs are; None for where they are kept.
        complain: Is called with a line for each that cannot be read.
    """

    def __init__(self, folder: Path | None = None, complain: Callable[[str], None] = logger.warning) -> None:
        self._folder = folder or runs_folder()
        self._complain = complain
        self._known: dict[str, tuple[object, Entry | None]] = {}

    def runs(self) -> list[Entry]:
        """Return all runs that can be read, the newest first."""
        before, self._known = self._known, {}
        for place in _folders(self._folder):
            seen = _seen(place)
            stamps = seen.summary or seen.journal, seen.labels, seen.is_behind
            known = before.get(place.name)
            if known is None or known[0] != stamps:
                known = stamps, self._read(place, seen)
            self._known[place.name] = known
        return [entry for _, entry in self._known.values() if entry is not None]

    def read(self, place: Path) -> Entry | None:
        """Return the run in a folder, None where it cannot be read."""
        return self._read(place, _seen(place))

    def _read(self, place: Path, seen: _Seen) -> Entry | None:
        try:
            return _entry(place, seen)
        except UnreadableRun as error:
            self._complain(str(error))
            return None


def recent(most: int, folder: Path | None = None) -> list[Entry]:
    """Return so many of the runs that have learnt last, the latest first, without archived ones."""
    listing = Listing(folder)
    places = sorted(_folders(folder or runs_folder()), key=_learnt_at, reverse=True)
    entries = (entry for entry in map(listing.read, places) if entry is not None)
    return list(islice((entry for entry in entries if not entry.labels.is_archived), most))


def entry(run: str, folder: Path | None = None) -> Entry:
    """Return what a list says of one run.

    Raises:
        NoSuchRun: There is none, or there are several.
        UnreadableRun: It is damaged.
    """
    place = find(run, folder)
    return _entry(place, _seen(place))


def open_run(run: str, folder: Path | None = None) -> KeptRun:
    """Return a kept run by its id, its name, or the beginning of an id that no other has.

    Raises:
        NoSuchRun: There is none, or there are several.
        UnreadableRun: It is damaged.
    """
    return KeptRun(find(run, folder))


def open_at(moment: str, folder: Path | None = None) -> tuple[KeptRun, int | None]:
    """Return a kept run by RUN or RUN@UPDATE, and the update that is named.

    Of an update before a branch began, it is the run that it is a branch of.

    Raises:
        NoSuchRun: There is none, there are several, or it has no such update.
        UnreadableRun: It is damaged.
    """
    run, _, update = moment.partition("@")
    kept = open_run(run, folder)
    if not update:
        return kept, None
    last = kept.journal.updates
    if not update.isascii() or not update.isdecimal() or len(update) > 20 or int(update) > last:
        raise NoSuchRun(f"The run has updates 0 to {last}, and none called {update}.")
    return next((one for one, _ in kept.line if int(update) >= one.journal.begins_after), kept), int(update)


def wait_for(run: str, update: int, folder: Path | None = None) -> KeptRun:
    """Return the kept run that has done an update, which may have been only just now: it is waited for.

    Raises: as `open_at` does.
    """
    until = time.monotonic() + WRITING_SECONDS
    while True:
        try:
            return open_at(f"{run}@{update}", folder)[0]
        except NoSuchRun:  # not yet, or not this update of it
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)


def find(run: str, folder: Path | None = None) -> Path:
    """Return the folder of a run by its id, its name, or the beginning of an id that no other has.

    Raises:
        NoSuchRun: There is none, or there are several.
    """
    places = list(_folders(folder or runs_folder()))
    found = [place for place in places if place.name == run] or [
        place for place in places if place.name.startswith(run) or labels_of(place).name == run
    ]
    if not run or not found:
        raise NoSuchRun(f"There is no run {run!r}; `ppo-desktop runs list` says which there are.")
    if len(found) > 1:
        raise NoSuchRun(f"{run!r} can be {', '.join(place.name for place in found[:5])}; say which.")
    return found[0]


def labels_of(place: Path) -> Labels:
    """Return what the user says of the run in a folder; nothing where that cannot be read."""
    try:
        values = _SCHEMA.migrate(json.loads(read_bounded(place / LABELS, _LONGEST_LABELS)))
        return Labels(
            text(values.get("name", "")),
            text(values.get("note", "")),
            values.get("is_starred") is True,
            values.get("is_archived") is True,
        )
    except FileNotFoundError:
        return Labels()
    except (OSError, UnusableFile, *NOT_UNDERSTOOD) as error:
        logger.warning("Labels of %s cannot be read: %s", place.name, error)
        return Labels()


def set_labels(place: Path, labels: Labels) -> None:
    """Keep what the user says of the run in a folder.

    Raises:
        NoSuchRun: It has been deleted.
        OSError: It cannot be written.
    """
    _check_is_there(place)
    write_whole(
        place / LABELS, json.dumps({"version": _SCHEMA.version, **asdict(labels)}, ensure_ascii=False)
    )


def delete(place: Path) -> Path:
    """Take a run out of the library, and return where it is until it is purged.

    Raises:
        InUse: It is learning.
        NoSuchRun: It has been deleted already.
        OSError: It cannot be moved.
    """
    _check_is_there(place)
    lock = lock_of(place)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise InUse(f"{place.name} is learning; close it first.") from None
    lock.release()  # Windows renames no folder in which a file is open
    return trash.delete(place)


def make_room(
    most_bytes: int = MOST_BYTES, folder: Path | None = None, spared: Collection[str] = ()
) -> list[str]:
    """Remove runs that nobody has named, starred or noted until all fit, and return their ids.

    Those in which nobody has learnt for the longest time go first. One that a branch goes on from which
    stays, goes only where nothing else is left.

    Args:
        most_bytes: Into which all that stay are to fit.
        folder: In which the runs are; None for where they are kept.
        spared: Ids of runs that stay all the same.
    """
    folder = folder or runs_folder()
    sizes = {place: _size(place) for place in _folders(folder)}
    total, removed = sum(sizes.values()), list[str]()
    if total <= most_bytes:
        return removed
    parents = {place.name: _parent_of(place) for place in sizes}
    stay = {*spared, *_offered(folder)}
    can_go = [place for place in sizes if place.name not in stay and not labels_of(place).keep_for_good]
    can_go.sort(key=lambda place: (_learnt_at(place), place))
    while total > most_bytes and can_go:
        place = next((one for one in can_go if one.name not in parents.values()), can_go[0])
        can_go.remove(place)
        try:
            shutil.rmtree(delete(place), ignore_errors=True)
        except (InUse, NoSuchRun, OSError):
            continue
        total -= sizes[place]
        del parents[place.name]
        removed.append(place.name)
    return removed


def offer(window: str, runs: Collection[str], folder: Path | None = None) -> None:
    """Let no window make room with runs that one can still bring back; after a day they are not spared.

    Args:
        window: What tells it from others.
        runs: Their ids, in the place of those that it offered before.
        folder: In which the runs are; None for where they are kept.
    """
    file = (folder or runs_folder()) / f"{_OFFER}{window}"
    try:
        if runs:
            write_whole(file, json.dumps(sorted(runs)))
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        logger.info("What Undo offers cannot be said to other windows: %s", error)


def _offered(folder: Path) -> set[str]:
    """Return the ids of the runs that windows can still bring back."""
    offered = set[str]()
    for file in folder.glob(f"{_OFFER}*"):
        with suppress(OSError, *NOT_UNDERSTOOD):
            if file.stat().st_mtime > time.time() - trash.SECONDS:
                offered.update(map(text, json.loads(read_bounded(file, _LARGEST_OFFER))))
            else:
                file.unlink()
    return offered


def _check_is_there(place: Path) -> None:
    """Raise NoSuchRun without a run: what is written would make a folder that keeps it from coming back."""
    if not (place / JOURNAL).exists():
        raise NoSuchRun(f"{place.name} has been deleted by now.")


def _learnt_at(place: Path) -> int:
    """Return when what happened in a run was last written."""
    stamp = _stamp(place, JOURNAL)
    return 0 if stamp is None else stamp[0]


def _size(place: Path) -> int:
    """Return how many bytes there are in a folder, as far as it can be seen."""
    total = 0
    with suppress(OSError):
        for file in place.iterdir():
            with suppress(OSError):  # another window has just taken it away
                total += file.lstat().st_size
    return total


def _folders(folder: Path) -> Iterator[Path]:
    """Yield the folders of runs, the newest first: their names begin with when they began."""
    try:
        places = sorted(folder.iterdir(), key=attrgetter("name"), reverse=True)
    except OSError:
        return
    for place in places:
        if not is_deleted(place) and _stamp(place, JOURNAL) is not None:
            yield place


def _stamp(place: Path, name: str) -> _Stamp | None:
    """Return what is another when a file of a run was changed; None without one."""
    try:
        status = (place / name).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _seen(place: Path) -> _Seen:
    return _Seen(_stamp(place, JOURNAL), _stamp(place, SUMMARY), _stamp(place, LABELS))


def _entry(place: Path, seen: _Seen) -> Entry:
    labels = Labels() if seen.labels is None else labels_of(place)
    return Entry(place.name, _summary(place, seen), labels, str(began_at(place.name) or ""))


def _summary(place: Path, seen: _Seen) -> Summary:
    """Return what is kept of a summary, or what the journal says where it is lost or less was summed up.

    Raises:
        UnreadableRun: The journal cannot be read, either.
    """
    known = None
    with suppress(OSError, UnusableFile, *NOT_UNDERSTOOD):
        known = Summary.from_json(read_bounded(place / SUMMARY, LARGEST))
    if known is not None and not seen.is_behind:
        return known
    try:
        summary = summary_of(KeptRun(place).journal)
    except UnreadableRun:
        if known is None:
            raise
        return known
    if known is not None:
        with suppress(OSError):
            write_whole(place / SUMMARY, summary.to_json())
    return summary


def _parent_of(place: Path) -> str:
    """Return the id of the run of which another is a branch; empty where it is none, or cannot be read."""
    with suppress(UnreadableRun):
        if (parent := _summary(place, _seen(place)).parent) is not None:
            return parent.run
    return ""


def began_at(run: str) -> datetime.datetime | None:
    """Return when a run began, by its id, in local time and to the second; None where it does not say."""
    try:
        return datetime.datetime.strptime(run[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return None
