"""A run that keeps itself: its journal and keyframes are written while it learns, in a thread of their own.

The learner only hands over values; it never waits for the disk. What cannot be written ends keeping, not
training.
"""

from __future__ import annotations

import hashlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

from filelock import FileLock

from ppo_desktop.ppo.checkpoint import Boundary, Checkpoint
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.events import (
    EngineChanged,
    EpisodeEnded,
    Event,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters, changed_fields
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.journal import (
    MOST_ROWS,
    Journal,
    Keyframe,
    Row,
    change_line,
    end_line,
    engine_line,
    episode_row,
    episodes_line,
    first_line,
    keyframe_line,
    update_row,
    updates_line,
    wish_line,
)
from ppo_desktop.runs.keyframe import LARGEST, keyframe_bytes
from ppo_desktop.runs.speeds import MeasuredTrainer
from ppo_desktop.runs.summary import Summary, Summing
from ppo_desktop.whole_files import append, write_whole

JOURNAL, SUMMARY = "run.jsonl", "summary.json"
KEYFRAME_SECONDS = 0.3
"""Seconds of learning between two keyframes: what has to be learnt again to reach a moment between them."""
FLUSH_SECONDS = 0.5
"""Seconds after which numbers are written."""
SUMMARY_SECONDS = 5.0
"""Seconds after which what a list says of the run is written anew."""
MOST_KEYFRAME_BYTES = 20_000_000
"""Of a run; with more, keyframes are thinned, the older the more."""
_MOST_WAITING = 8
"""Keyframes that may wait for the disk; further ones are left out."""

logger = logging.getLogger(__name__)


class RunWriter:
    """Writes what is handed over into the folder of a run, in a thread that begins with the first of it.

    Args:
        folder: Of the run; it is made when there is something to write.
        lock: Held from then on, so that nobody else writes there.
        journal: What is there already, or will be first.
        complain: Called once, in the writing thread, with why no more is written.
    """

    def __init__(
        self, folder: Path, lock: FileLock, journal: Journal, complain: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self._lock = lock
        self._first = first_line(journal)
        self._keyframes = sorted(journal.keyframes.values(), key=lambda keyframe: keyframe.update)
        self._complain = complain
        self._queue: queue.SimpleQueue[bytes | Checkpoint | Summary | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.has_failed = False

    @property
    def is_behind(self) -> bool:
        """Whether the disk is so slow that it is better not to hand over keyframes."""
        return self._queue.qsize() > _MOST_WAITING

    def write(self, what: bytes | Checkpoint | Summary) -> None:
        """Append a line to the journal, or write a keyframe or a summary, in the order of the calls."""
        if self.has_failed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="keeping a run", daemon=True)
            self._thread.start()
        self._queue.put(what)

    def close(self) -> None:
        """Wait until all is on the disk."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._lock.release()

    def _work(self) -> None:
        while (what := self._queue.get()) is not None:
            if self.has_failed:
                continue
            try:
                if not self._lock.is_locked:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    self._lock.acquire()
                match what:
                    case Checkpoint():
                        self._write_keyframe(what)
                    case Summary():
                        write_whole(self.folder / SUMMARY, what.to_json())
                    case _:
                        append(self.folder / JOURNAL, what, self._first)
            except OSError as error:
                logger.exception("A run can no longer be kept in %s", self.folder)
                self.has_failed = True
                self._complain(error.strerror or str(error))

    def _write_keyframe(self, checkpoint: Checkpoint) -> None:
        contents = keyframe_bytes(checkpoint)
        if len(contents) > LARGEST:
            return
        keyframe = Keyframe(
            checkpoint.update, checkpoint.steps, len(contents), hashlib.sha256(contents).hexdigest()
        )
        write_whole(keyframe_file(self.folder, keyframe.update), contents)
        append(self.folder / JOURNAL, keyframe_line(keyframe), self._first)
        self._keyframes.append(keyframe)
        while sum(one.size for one in self._keyframes) > MOST_KEYFRAME_BYTES and len(self._keyframes) > 2:
            place = _most_dispensable([one.update for one in self._keyframes])
            keyframe_file(self.folder, self._keyframes.pop(place).update).unlink(missing_ok=True)


def keyframe_file(folder: Path, update: int) -> Path:
    """Return the file of the keyframe after an update."""
    return folder / f"update-{update:09}.npz"


def _most_dispensable(updates: list[int]) -> int:
    """Return the place of the keyframe whose loss leaves the shortest gap for its age; ends are kept."""
    newest = updates[-1]
    gaps = [
        (later - earlier) / (newest - update)
        for earlier, update, later in zip(updates, updates[1:-1], updates[2:], strict=False)
    ]
    return 1 + gaps.index(min(gaps))


class KeptTrainer(MeasuredTrainer):
    """A run that keeps itself.

    Attributes:
        keeper: What takes in its events; None while nothing is kept.
    """

    keeper: Keeper | None = None

    def events(self) -> Generator[Event, None, None]:
        """Yield what happens; see `Trainer.events`. What was learnt is on the disk when they are closed."""
        events = super().events()
        try:
            for event in events:
                if self.keeper is not None:
                    self.keeper.add(event, self)
                yield event
        finally:
            events.close()
            if self.keeper is not None:
                self.keeper.close()

    def change(self, hyperparameters: Hyperparameters) -> None:
        """Take over `hyperparameters`; see `Trainer.change`."""
        before = self.wanted
        super().change(hyperparameters)
        if self.keeper is not None:
            values = changed_fields(before, hyperparameters)
            self.keeper.want(self.boundary, {name: new for name, (_, new) in values.items()})


class Keeper:
    """Takes in the events of a run that learns, and hands over what is to be kept of them.

    Args:
        writer: Writes it.
        journal: What is kept already; what happens again until its end is known.
    """

    def __init__(self, writer: RunWriter, journal: Journal) -> None:
        self._writer = writer
        self._known = journal.updates
        self._summing = Summing(journal)
        self._reason = "" if journal.end is None else journal.end.reason.value
        self._summed_at = -math.inf
        self._rows: list[Row] = []
        self._episodes: list[Row] = []
        self._unfinished: list[Row] = []
        self._flushed_at = time.monotonic()
        self._learnt_at = time.thread_time()

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return self._writer.folder

    def add(self, event: Event, run: Trainer) -> None:
        """Take in an event, when it happens and in the thread that learns."""
        if run.update < self._known or (run.update == self._known and isinstance(event, UpdateFinished)):
            return
        match event:
            case EpisodeEnded():
                self._unfinished.append(episode_row(event))
            case UpdateFinished():
                self._finish_update(event, run)
            case HyperparametersChanged():
                self._flush()
                self._writer.write(change_line(event))
            case EngineChanged():
                self._flush()
                self._writer.write(engine_line(event))
            case RunFinished():
                self._flush()
                self._reason = event.reason.value
                self._writer.write(end_line(event))
            case _:
                pass

    def want(self, boundary: Boundary, values: Mapping[str, Value]) -> None:
        """Take note of values that are to be taken over, and are heard at a boundary."""
        self._flush()
        self._writer.write(wish_line(boundary, values))

    def take_keyframe(self, run: Trainer) -> None:
        """Keep where the run is, which is between two updates."""
        self._writer.write(run.checkpoint())
        self._learnt_at = time.thread_time()

    def close(self) -> None:
        """Wait until all that was learnt is on the disk."""
        self._flush()
        if self._summed_at < self._flushed_at:
            self._sum_up()
        self._writer.close()

    def _finish_update(self, event: UpdateFinished, run: Trainer) -> None:
        self._rows.append(update_row(event))
        self._episodes += self._unfinished
        self._unfinished.clear()
        self._reason = ""
        if time.thread_time() - self._learnt_at >= KEYFRAME_SECONDS and not self._writer.is_behind:
            self._flush()
            self.take_keyframe(run)
        elif time.monotonic() - self._flushed_at >= FLUSH_SECONDS or len(self._rows) >= MOST_ROWS:
            self._flush()

    def _flush(self) -> None:
        now = self._flushed_at = time.monotonic()
        if not self._rows:
            return
        rows, episodes = self._rows, self._episodes
        self._rows, self._episodes = [], []
        for begin in range(0, len(episodes), MOST_ROWS):
            self._writer.write(episodes_line(episodes[begin : begin + MOST_ROWS]))
        self._writer.write(updates_line(self._known + 1, rows))
        self._known += len(rows)
        self._summing.add(
            [row[0] for row in episodes], [row[2] for row in episodes], [row[0] for row in rows]
        )
        if now - self._summed_at >= SUMMARY_SECONDS:
            self._sum_up()

    def _sum_up(self) -> None:
        self._summed_at = time.monotonic()
        self._writer.write(self._summing.summary(self._reason))
