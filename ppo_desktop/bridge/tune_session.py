"""The study the window shows: what is being set up, what is running, and what it says so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.digest import Question, StudyDigest
from ppo_desktop.study.place import Place
from ppo_desktop.study.trials import TrialRecord


class TuneState(Enum):
    """What the study shown is doing."""

    EMPTY = "empty"
    OPENING = "opening"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHING = "finishing"


@dataclass(frozen=True)
class WorkerStatus:
    """Somebody who works, or has worked, at the study.

    Attributes:
        name: "host:process".
        is_here: Whether it is this window.
        n_running: Trials it is at.
        n_done: Trials it has finished.
        last_seen: When it last began or ended a trial.
    """

    name: str
    is_here: bool
    n_running: int
    n_done: int
    last_seen: datetime | None


class TuneSession(QObject):
    """A study, and everything one may ask of it. Nothing here waits for a file or a network.

    Attributes:
        session: The window's other half: what Train shows.
        drafting: What is set up for the next start.
        folder: Where studies are kept.
        state: What the study shown is doing.
        place: Where the study shown is; None while none is.
        digest: What it says so far; None before there is anything.
        question: What is asked of it.
        running: Our own running trials, with their learning curves so far.
        highlighted: Number of the trial that is pointed at, None for none.
        workers: Who works at it, this window first.
        n_wanted: Trials of this go; None for until stopped.
        n_done: Those of them that have ended.
        seconds_left: About how long this go will still take; None when it is not running, or too soon.
        extent: What the next start would do, in words, or why it cannot.
        check: What fresh seeds say of the best; None before.
        is_checking: Whether fresh seeds are being tried.
        check_share: The part of that which is done, 0…1.
    """

    state_changed = Signal()
    study_changed = Signal()
    progress_changed = Signal()
    digest_changed = Signal()
    running_changed = Signal()
    question_changed = Signal()
    highlight_changed = Signal()
    workers_changed = Signal()
    extent_changed = Signal()
    check_changed = Signal()
    opened_in_train = Signal()

    state: TuneState
    place: Place | None
    digest: StudyDigest | None
    question: Question
    running: tuple[TrialRecord, ...]
    highlighted: int | None
    workers: tuple[WorkerStatus, ...]
    n_wanted: int | None
    n_done: int
    seconds_left: float | None
    extent: str
    check: CheckResult | None
    is_checking: bool
    check_share: float

    def __init__(self, session: Session, folder: Path) -> None:
        super().__init__()
        self.session = session
        self.folder = folder
        self.drafting = TuneDrafting(session)
        self.state = TuneState.EMPTY
        self.place = self.digest = self.highlighted = self.seconds_left = self.check = None
        self.question = Question()
        self.running = self.workers = ()
        self.n_wanted, self.n_done = self.drafting.n_trials, 0
        self.extent = ""
        self.is_checking, self.check_share = False, 0.0

    # what is done
    def toggle(self) -> None: ...  # start, pause, resume
    def start(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def finish(self) -> None: ...  # stop after the running trials
    def stop(self) -> None: ...  # now
    def new(self) -> None: ...  # show none; set up another
    def open(self, place: Place) -> None: ...
    def rename(self, name: str) -> None: ...
    def copy(self, name: str) -> None: ...
    def delete(self) -> None: ...
    # what is asked
    def choose_evaluator(self, name: str) -> None: ...
    def choose_contour(self, horizontal: str, vertical: str) -> None: ...
    def highlight(self, number: int | None) -> None: ...
    # what is taken out
    def use_in_train(self, number: int | None = None) -> None: ...  # None: the best
    def start_check(self) -> None: ...
    def stop_check(self) -> None: ...
    def set_visible(self, is_visible: bool) -> None: ...
    def close(self) -> None: ...
