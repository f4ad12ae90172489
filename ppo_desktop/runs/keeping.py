"""A run that keeps itself: its journal and keyframes are written while it learns, in a thread of their own.

The learner only hands over what happens; it never waits for the disk. What cannot be written ends keeping,
not training.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path

import numpy as np
from filelock import FileLock

from ppo_desktop.ppo.checkpoint import Boundary, Checkpoint, NotResumable
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
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.abandoned import WritingThread
from ppo_desktop.runs.journal import (
    EPISODE_COLUMNS,
    MOST_NUMBERS,
    MOST_ROWS,
    UPDATE_COLUMNS,
    Journal,
    KeptEvent,
    Keyframe,
    Row,
    change_line,
    end_line,
    engine_line,
    episode_row,
    episodes_line,
    first_line,
    keyframe_line,
    resumed_line,
    update_row,
    updates_line,
    wish_line,
)
from ppo_desktop.runs.keyframe import LARGEST, keyframe_bytes
from ppo_desktop.runs.speeds import MeasuredTrainer
from ppo_desktop.runs.summary import Summing
from ppo_desktop.whole_files import append, write_whole

JOURNAL, SUMMARY = "run.jsonl", "summary.json"
KEYFRAME_SECONDS = 0.3
"""Seconds of learning between two keyframes: what has to be learnt again to reach a moment between them."""
LONGEST_WAIT = 2.0
"""So many times as long a fast run waits, until there is room for a keyframe beside those before."""
FLUSH_SECONDS = 0.5
"""Seconds after which what has happened is written."""
SUMMARY_SECONDS = 2.0
"""Seconds after which what a list says of the run is written anew."""
MOST_KEYFRAME_BYTES = 40_000_000
"""Of a run; with more, keyframes are thinned."""
KEYFRAME_BYTES_PER_STEP = 4
"""Of a run; of one of less than a million steps, as many as of that."""
_MOST_WAITING = 2
"""Keyframes that may wait for the disk; further ones are left out."""
DRIFTS = (
    "With this version on this processor the numbers come out otherwise than before: the curves drift apart."
)

_KEYFRAME = "update-"
logger = logging.getLogger(__name__)


Wish = tuple[Boundary, Mapping[str, Value]]


_Given = KeptEvent | Wish | Checkpoint | threading.Event | None
"""What a thread that writes is given: an event is set when all before it is written; after None it ends."""


class RunWriter:
    """Writes what is handed over into the folder of a run, in a thread of its own.

    Nothing is written before the first update is finished, but for a branch. What has happened never waits
    for keyframes, of which many can be large and the disk slow.

    Args:
        folder: Of the run; it is made when there is something to write.
        lock: Held from then on, so that nobody else writes there.
        journal: What is there already, or will be first.
        complain: Called once, in the thread that writes or learns, with why no more is written.

    Attributes:
        n_kept: Number of the last update whose numbers are written.
    """

    def __init__(
        self, folder: Path, lock: FileLock, journal: Journal, complain: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self._lock = lock
        self._first = first_line(journal)
        self._n_updates, self._n_numbers = journal.updates, journal.n_numbers
        self.n_kept = journal.updates
        self._has_begun = journal.updates > journal.begins_after or bool(journal.keyframes)
        self._keyframes = sorted(
            (one for one in journal.keyframes.values() if keyframe_file(folder, one.update).exists()),
            key=attrgetter("update"),
        )
        self._dispensable = _left_behind(folder, self._keyframes)
        self._journal = journal
        self._summed_at = -math.inf
        self._has_old_summary = False
        self._reason = "" if journal.end is None else journal.end.reason.value
        self._complain = complain
        self._lines = [resumed_line(journal.updates)] if self._has_begun else []
        self._rows: list[Row] = []
        self._episodes: list[Row] = []
        self._unfinished: list[Row] = []
        self._checkpoints: deque[Checkpoint] = deque()
        self._queue: queue.SimpleQueue[_Given] = queue.SimpleQueue()
        self._keyframes_begun = self._keyframes_ended = 0
        self._is_urgent = threading.Event()
        self._thread: WritingThread | None = None
        self._is_over = False

    @property
    def keyframe_size(self) -> int:
        """Bytes of the last keyframe; 0 before there is one."""
        return self._keyframes[-1].size if self._keyframes else 0

    @property
    def is_behind(self) -> bool:
        """Whether the disk is so slow that it is better not to hand over keyframes."""
        return self._keyframes_begun - self._keyframes_ended > _MOST_WAITING

    def write(self, what: KeptEvent | Wish | Checkpoint) -> None:
        """Keep what has happened, what is wanted, or where the run is, in the order of the calls.

        Once it has failed, or is closed, nothing more is kept.
        """
        if self._is_over:
            return
        if self._thread is None:
            self._thread = WritingThread(self._work, f"keeping {self.folder.name}", self._finish)
            self._thread.start()
        self._keyframes_begun += isinstance(what, Checkpoint)
        self._queue.put(what)

    def fail(self, why: str) -> None:
        """Write no more, and say why."""
        if not self._is_over:
            self._is_over = True
            self._complain(why)

    def settle(self) -> None:
        """Wait until all that was handed over is on the disk."""
        if self._thread is not None:
            done = threading.Event()
            self._queue.put(done)
            self._is_urgent.set()
            done.wait()

    def close(self) -> None:
        """Wait until all is on the disk, and let others write there."""
        if self._thread is not None:
            self._finish()
            self._thread.join()
            self._thread = None
        self._is_over = True
        self._lock.release()

    def _finish(self) -> None:
        self._queue.put(None)
        self._is_urgent.set()

    # ---- in the thread ------------------------------------------------------------------------

    @cached_property
    def _summing(self) -> Summing:
        """What lists say, beginning with what is there already; nobody asks of a run that is looked at."""
        return Summing(self._journal)

    def _work(self) -> None:
        waiting: list[_Given] = []
        awaited: list[threading.Event] = []
        is_last = False
        while not is_last or self._checkpoints:
            if not self._checkpoints:
                with suppress(queue.Empty):
                    waiting.append(self._queue.get(timeout=self._summary_due_in()))
                self._is_urgent.wait(FLUSH_SECONDS)
                self._is_urgent.clear()
            with suppress(queue.Empty):
                while True:
                    waiting.append(self._queue.get_nowait())
            is_last |= None in waiting
            awaited += [what for what in waiting if isinstance(what, threading.Event)]
            self._has_begun |= any(isinstance(what, UpdateFinished | Checkpoint) for what in waiting)
            if self._has_begun and not self._is_over:
                self._try_to_keep(waiting, is_last)
            if self._has_begun or self._is_over:
                waiting.clear()
            if not self._checkpoints:
                for event in awaited:
                    event.set()
                awaited.clear()

    def _try_to_keep(self, happened: list[_Given], is_last: bool) -> None:
        """Write what has happened, and one keyframe; if that is not possible, never write again."""
        try:
            if not self._lock.is_locked:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._lock.acquire(blocking=False)
            for what in happened:
                self._keep(what)
            self._write_lines()
            if self._checkpoints:
                self._write_keyframe(self._checkpoints.popleft())
            due_in = self._summary_due_in()
            if due_in is not None and (not due_in or (is_last and not self._checkpoints)):
                self._write_summary()  # as the last of all, by which it is known to be complete
        except Exception as error:
            is_expected = isinstance(error, OSError)
            logger.warning(
                "A run can no longer be kept in %s: %s", self.folder, error, exc_info=not is_expected
            )
            self._checkpoints.clear()
            self.fail(getattr(error, "strerror", None) or what_went_wrong(error))

    def _keep(self, what: _Given) -> None:
        if isinstance(what, KeptEvent):
            self._summing.follow(what)
        match what:
            case EpisodeEnded():
                self._unfinished.append(episode_row(what))
            case UpdateFinished():
                self._rows.append(update_row(what))
                self._episodes += self._unfinished
                self._unfinished.clear()
                self._reason = ""
            case HyperparametersChanged():
                self._add_line(change_line(what))
            case EngineChanged():
                self._add_line(engine_line(what))
            case RunFinished():
                self._reason = what.reason.value
                self._add_line(end_line(what))
            case Checkpoint():
                self._checkpoints.append(what)
            case (boundary, values):
                self._add_line(wish_line(boundary, values))
            case _:
                pass

    def _add_line(self, line: bytes) -> None:
        """Let a line follow the numbers of all updates before."""
        rows, episodes = self._rows, self._episodes
        self._rows, self._episodes = [], []
        for begin in range(0, len(episodes), MOST_ROWS):
            part = episodes[begin : begin + MOST_ROWS]
            self._lines.append(episodes_line(part))
            self._summing.add_episodes([row[0] for row in part], [row[2] for row in part])
        for begin in range(0, len(rows), MOST_ROWS):
            part = rows[begin : begin + MOST_ROWS]
            self._lines.append(updates_line(self._n_updates + 1, part))
            self._n_updates += len(part)
            self._summing.reach(self._n_updates, part[-1][0])
        self._lines.append(line)
        self._n_numbers += len(rows) * len(UPDATE_COLUMNS) + len(episodes) * len(EPISODE_COLUMNS)
        if self._n_numbers > MOST_NUMBERS:
            raise OSError(errno.EFBIG, "it is as long as a run can be")

    def _write_lines(self, last: bytes = b"") -> None:
        self._add_line(last)
        if lines := b"".join(self._lines):
            append(self.folder / JOURNAL, lines, self._first)
            self._has_old_summary = True
        self.n_kept = self._n_updates
        self._lines.clear()

    def _summary_due_in(self) -> float | None:
        """Return in how many seconds what lists say is to be written anew; None while nothing happens."""
        if not self._has_old_summary:
            return None
        return max(0.0, self._summed_at + SUMMARY_SECONDS - time.monotonic())

    def _write_summary(self) -> None:
        self._summed_at, self._has_old_summary = time.monotonic(), False
        try:
            write_whole(self.folder / SUMMARY, self._summing.summary(self._reason).to_json())
        except OSError as error:  # Windows: somebody reads it for a long time
            logger.warning("What lists say of %s is old: %s", self.folder, error)

    def _write_keyframe(self, checkpoint: Checkpoint) -> None:
        self._keyframes_ended += 1
        contents = keyframe_bytes(checkpoint)
        if len(contents) > LARGEST:
            return
        keyframe = Keyframe(
            checkpoint.update, checkpoint.steps, len(contents), hashlib.sha256(contents).hexdigest()
        )
        write_whole(keyframe_file(self.folder, keyframe.update), contents)
        self._write_lines(keyframe_line(keyframe))
        self._keyframes.append(keyframe)
        most = min(KEYFRAME_BYTES_PER_STEP * max(checkpoint.steps, 1_000_000), MOST_KEYFRAME_BYTES)
        while sum(one.size for one in self._keyframes) > most and len(self._keyframes) > 2:
            place = _most_dispensable([one.steps for one in self._keyframes])
            self._dispensable.append(keyframe_file(self.folder, self._keyframes.pop(place).update))
        self._dispensable = [file for file in self._dispensable if not _is_removed(file)]


def _left_behind(folder: Path, keyframes: list[Keyframe]) -> list[Path]:
    """Return the keyframes of which the journal knows nothing, for whoever wrote them was killed."""
    known = {keyframe_file(folder, keyframe.update) for keyframe in keyframes}
    return [file for file in folder.glob(f"{_KEYFRAME}*") if file not in known]


def _is_removed(file: Path) -> bool:
    """Remove a file, and return whether that is done: Windows refuses it while somebody reads."""
    try:
        file.unlink(missing_ok=True)
    except PermissionError:
        return False
    return True


def keyframe_file(folder: Path, update: int) -> Path:
    """Return the file of the keyframe after an update."""
    return folder / f"{_KEYFRAME}{update:09}.npz"


def _most_dispensable(steps: list[int]) -> int:
    """Return the place of the keyframe whose loss leaves the shortest gap; the first and the newest are kept.

    As long as there is more room with every step, that is so, and gaps stay equal. In longer runs they are
    longer in proportion to their age, from the age on at which all room was taken.
    """
    newest, equal = steps[-1], MOST_KEYFRAME_BYTES / KEYFRAME_BYTES_PER_STEP
    gaps = [
        (later - earlier) / max(newest - own, equal)
        for earlier, own, later in zip(steps, steps[1:-1], steps[2:], strict=False)
    ]
    return 1 + gaps.index(min(gaps))


class KeptTrainer(MeasuredTrainer):
    """A run that keeps itself.

    Attributes:
        keeper: What takes in its events; None while nothing is kept.
        caveat: Why it is not, bit for bit, the run that it goes on from, in one line; empty where it is.
    """

    keeper: Keeper | None = None
    caveat: str = ""
    _known_row: Callable[[int], Row | None] | None = None

    def compare(self, known_row: Callable[[int], Row | None]) -> None:
        """Look whether updates come out as they did: each as its row, of those that are known."""
        self._known_row = known_row

    def _learn_until_it_diverges(self) -> Iterator[Event]:
        for event in super()._learn_until_it_diverges():
            if isinstance(event, UpdateFinished) and not self.caveat and self._is_another(event):
                logger.warning("Update %d has not come out as it did", event.update)
                self.caveat = DRIFTS
                if self.keeper is not None:
                    self.keeper.end("its numbers come out otherwise than before")
            yield event

    def _is_another(self, event: UpdateFinished) -> bool:
        known = None if self._known_row is None else self._known_row(event.update)
        return known is not None and not np.array_equal(
            known, np.array(update_row(event), float), equal_nan=True
        )

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

    def policy_moment(self) -> PolicyMoment:
        """Return what it acts with now, and whether that may be something else than was kept."""
        return replace(super().policy_moment(), doubt=self.caveat)

    def change(self, hyperparameters: Hyperparameters) -> None:
        """Take over `hyperparameters`; see `Trainer.change`."""
        before, self._known_row = self.wanted, None
        super().change(hyperparameters)
        if self.keeper is not None:
            values = changed_fields(before, hyperparameters)
            self.keeper.want(self.boundary, {name: new for name, (_, new) in values.items()})


class Keeper:
    """Takes in the events of a run that learns, and hands over what is to be kept of them.

    Args:
        writer: Writes it.
        journal: What is kept already; what happens again until its end is known.

    Attributes:
        parent: Of which run it is a branch, if it is one.
    """

    def __init__(self, writer: RunWriter, journal: Journal) -> None:
        self._writer = writer
        self.parent = journal.parent
        self._known = journal.updates
        self._learnt_at = time.thread_time()
        self._steps_then = 0

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return self._writer.folder

    @property
    def n_kept(self) -> int:
        """Number of the last update that is kept."""
        return self._writer.n_kept

    def add(self, event: Event, run: Trainer) -> None:
        """Take in an event, when it happens and in the thread that learns."""
        is_update = isinstance(event, UpdateFinished)
        if run.update < self._known or (run.update == self._known and is_update):
            return
        if isinstance(event, KeptEvent):
            self._writer.write(event)
        if is_update and (run.is_to_end or self._is_time_for_keyframe(run.steps)):
            self.take_keyframe(run)

    def _is_time_for_keyframe(self, steps: int) -> bool:
        """Whether enough has been learnt for one; a fast run waits a little longer for more room."""
        learnt = time.thread_time() - self._learnt_at
        if learnt < KEYFRAME_SECONDS:
            return False
        room = (steps - self._steps_then) * KEYFRAME_BYTES_PER_STEP
        return learnt * self._writer.keyframe_size > LONGEST_WAIT * KEYFRAME_SECONDS * room or (
            room >= self._writer.keyframe_size
        )

    def want(self, boundary: Boundary, values: Mapping[str, Value]) -> None:
        """Take note of values that are to be taken over, and are heard at a boundary."""
        self._writer.write((boundary, values))

    def take_keyframe(self, run: Trainer) -> None:
        """Keep where the run is, which is between two updates, unless too much waits for the disk.

        Where its environment does not tell that, it is done again from an earlier update or its beginning.
        """
        if self._writer.is_behind:
            return
        self._learnt_at, self._steps_then = time.thread_time(), run.steps
        try:
            self._writer.write(run.checkpoint())
        except NotResumable as error:
            logger.info("No keyframe after update %d of %s: %s", run.update, self.folder, error)

    def end(self, why: str) -> None:
        """Keep no more, and say why."""
        self._writer.fail(why)

    def settle(self) -> None:
        """Wait until all that was learnt is on the disk."""
        self._writer.settle()

    def close(self) -> None:
        """Wait until all that was learnt is on the disk, and let others go on with it."""
        self._writer.close()
