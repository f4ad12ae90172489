"""Who is at work at a study: what tells others that we are alive, and tells us that they are."""

from __future__ import annotations

import logging
import os
import platform
import re
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ppo_desktop.ppo.messages import what_went_wrong

FOLDER = ".working"
"""Where the marks of those at work are, in the folder of studies."""
_MARK = re.compile(r"[0-9a-f]{16}")
_KEPT_SECONDS = 30 * 24 * 3600
"""Age at which marks of the dead are taken away."""
_ENDING_SECONDS = 10.0
"""How long the end of a heartbeat is waited for, where a database does not answer."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Intervals:
    """How often one says that one is alive, and how long others wait for it.

    Attributes:
        heartbeat: Seconds between two signs of life.
        grace: Seconds without one after which others, who cannot tell in another way, take one for dead.
    """

    heartbeat: float = 5.0
    grace: float = 30.0


class Presence:
    """Shows that this process is at work at a study, from here to `close`.

    Where it dies, the system gives up the lock on its mark: others of the same home see it at once. Those
    on other machines go by its heartbeats, which a thread writes for as long as there are trials.

    Args:
        folder: The folder of studies of this home.
        intervals: How often it gives signs of life.

    Attributes:
        worker: Who this is, for people: "host:process".
        mark: Name of the mark; empty where none can be made.
    """

    def __init__(self, folder: Path, intervals: Intervals) -> None:
        self.worker = f"{platform.node() or 'unknown'}:{os.getpid()}"
        self._folder = folder / FOLDER
        self._interval = intervals.heartbeat
        self._trials: set[int] = set()
        self._trials_lock = threading.Lock()
        self._is_closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._has_left_some = False
        self._lock = self._locked_mark()
        self.mark = _name(self._lock)

    @property
    def trials(self) -> frozenset[int]:
        """Optuna's ids of the trials this process is at."""
        with self._trials_lock:
            return frozenset(self._trials)

    def begin(self, trial_id: int, record: Callable[[int], None]) -> None:
        """Give signs of life for a trial from now on.

        Args:
            trial_id: Optuna's id of it.
            record: Writes a heartbeat of a trial.
        """
        with self._trials_lock:
            self._trials.add(trial_id)
            if self._thread is None and not self._is_closed.is_set():
                self._thread = threading.Thread(
                    target=self._keep_recording, args=(record,), name="heartbeat", daemon=True
                )
                self._thread.start()

    def end(self, trial_id: int) -> None:
        """Give no more signs of life for a trial."""
        with self._trials_lock:
            self._trials.discard(trial_id)

    def leave(self, trial_id: int) -> None:
        """Be at a trial no more that could not be ended; its mark stays, for others to see that."""
        with self._trials_lock:
            self._trials.discard(trial_id)
            self._has_left_some = True

    def leave_all(self) -> None:
        """Leave all trials, and take another mark: by this one others see at once that nobody is at them."""
        with self._trials_lock:
            self._trials.clear()
            self._has_left_some = False
            if self._lock is not None:
                self._lock.release()
                self._lock = self._locked_mark()
                self.mark = _name(self._lock)

    def is_alive(self, mark: str) -> bool | None:
        """Return whether the process that has made a mark is alive; None where it is not of this home."""
        if mark and mark == self.mark:
            return True
        if not _MARK.fullmatch(mark) or not (self._folder / mark).is_file():
            return None
        return not _is_free(self._folder / mark)

    def forget(self, mark: str) -> None:
        """Take the mark of a dead process away, when nothing refers to it any more."""
        if self.is_alive(mark) is False:
            (self._folder / mark).unlink(missing_ok=True)

    def close(self) -> None:
        """Be here no more; the mark stays for others to see where trials have not been ended."""
        self._is_closed.set()
        if self._thread is not None:
            self._thread.join(_ENDING_SECONDS)
        if self._lock is not None:
            self._lock.release()
            if not self.trials and not self._has_left_some:
                Path(self._lock.lock_file).unlink(missing_ok=True)
            self._lock = None

    def _locked_mark(self) -> FileLock | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._take_old_marks_away()
            lock = _lock(self._folder / secrets.token_hex(8))
            lock.acquire(blocking=False)
        except (OSError, Timeout, NotImplementedError) as error:
            logger.warning("Others cannot see at once when this process dies: %s", what_went_wrong(error))
            return None
        return lock

    def _take_old_marks_away(self) -> None:
        for mark in self._folder.iterdir():
            with suppress(OSError):  # somebody else may have taken it away just now
                if time.time() - mark.stat().st_mtime > _KEPT_SECONDS and _is_free(mark):
                    mark.unlink()

    def _keep_recording(self, record: Callable[[int], None]) -> None:
        is_trouble_known = False
        while not self._is_closed.wait(self._interval):
            try:
                for trial_id in self.trials:
                    record(trial_id)
                is_trouble_known = False
            except Exception as error:  # the search itself will notice
                if not is_trouble_known:
                    logger.warning("No heartbeat could be written: %s", what_went_wrong(error))
                is_trouble_known = True


def _lock(mark: Path) -> FileLock:
    """Return the lock on a mark, which stays when it is given up, on Windows too."""
    return FileLock(mark, thread_local=False, preserve_lock_file=True)


def _name(lock: FileLock | None) -> str:
    return Path(lock.lock_file).name if lock else ""


def _is_free(mark: Path) -> bool:
    """Return whether nobody holds the lock on a mark."""
    lock = _lock(mark)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError, NotImplementedError):
        return False
    lock.release()
    return True
