"""The one thread that has a study open: opens it, searches it, looks at what other programs do."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ppo_desktop.bridge.study_news import (
    Answered,
    Deleted,
    Ended,
    Mailbox,
    Moved,
    Opened,
    Progress,
    Reachable,
    Refused,
    TrialsChanged,
    Troubled,
    Unreachable,
)
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.runs.abandoned import join_for_a_moment
from ppo_desktop.study import library
from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.place import Place, UnreadableStudy
from ppo_desktop.study.search import Search, SearchEvent, SearchFailed, SearchIdle
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import DIED, TrialRecord, TrialState

if TYPE_CHECKING:
    from ppo_desktop.study.storage import OpenStudy

OFTEN, SELDOM = 1.0, 10.0
"""Seconds between two looks at a study that others may work at, while the page is visible and while not."""
CLOSING_SECONDS = 5.0
"""How long closing waits for the thread to write down what it was at."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SearchRequest:
    """What is to be done in one search.

    Attributes:
        n_trials: How many trials; None for until stopped.
        strategy: How they are chosen and cut short.
        engine: Name of the engine that does them.
        at_once: How many go on at a time.
    """

    n_trials: int | None
    strategy: Strategy
    engine: str
    at_once: int


class StudyActor:
    """What lives in the thread: the open study, and the search while there is one.

    Attributes:
        interval: Seconds between two looks at what others have done.
    """

    def __init__(self, place: Place, begun_as: tuple[StudyPlan, Strategy] | None, mailbox: Mailbox) -> None:
        self.interval = OFTEN
        self._place = place
        self._begun_as = begun_as
        self._mailbox = mailbox
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._is_closing = threading.Event()
        self._lock = threading.Lock()
        self._search: Search | None = None
        self._wishes: list[Callable[[Search], None]] = []
        self._study: OpenStudy | None = None
        self._seen: dict[int, TrialRecord] = {}
        self._looked_at = 0.0
        self._problem = ""

    # ---- called from the window's thread -------------------------------------------------------

    def post(self, order: Callable[[], None]) -> None:
        """Have something done as soon as the thread comes to it."""
        self._orders.put(order)

    def search(self, request: SearchRequest) -> None:
        """Have trials done; wishes that come from now on are for this search."""
        with self._lock:
            self._wishes.clear()
        self.post(lambda: self._do(request))

    def wish(self, wish: Callable[[Search], None]) -> None:
        """Pass a wish to the search, or to the one that is about to begin."""
        with self._lock:
            if self._search is not None:
                wish(self._search)
            else:
                self._wishes.append(wish)

    def close(self) -> None:
        """End the search and the thread."""
        self._is_closing.set()
        self.wish(Search.stop)
        self.post(lambda: None)

    # ---- in the thread -------------------------------------------------------------------------

    def work(self) -> None:
        """Open the study, then do what is ordered, and between orders look what others do."""
        try:
            if self._open():
                self._serve()
        finally:
            self._let_go()

    def _open(self) -> bool:
        try:
            self._study = self._create_or_open()
            self._announce()
        except Exception as error:
            self._mailbox.post(Refused(_reason(error)))
            return False
        if self._is_closing.is_set() and self._begun_as is not None:
            self._take_back()
        return not self._is_closing.is_set()

    def _create_or_open(self) -> OpenStudy:
        with LOADING:
            from ppo_desktop.study import storage
        if self._begun_as is None:
            return storage.open_study(self._place)
        if isinstance(self._place.location, Path):
            self._place.location.parent.mkdir(parents=True, exist_ok=True)
        return storage.create_study(self._place, *self._begun_as)

    def _announce(self) -> None:
        study = self._study
        assert study is not None
        self._seen = {trial.number: trial for trial in study.trials()}
        self._looked_at = time.monotonic()
        self._place = study.place
        opened = Opened(
            study.place,
            study.plan,
            study.strategy,
            dict(self._seen),
            study.check(),
            _number_of_orphans(self._seen),
            study.worker,
            study.unknown.sentence(study.place.name),
            not study.unknown.changes_training,
        )
        self._mailbox.post(opened)

    def _take_back(self) -> None:
        """Delete the empty study of a window that has gone."""
        self._let_go()
        if isinstance(self._place.location, Path):
            try:
                library.delete(self._place.location)
            except (OSError, ValueError):
                logger.exception("An empty study could not be deleted")

    def _serve(self) -> None:
        while not self._is_closing.is_set() and self._study is not None:
            self._mailbox.flush()
            try:
                order = self._orders.get(timeout=self.interval)
            except queue.Empty:
                self._look()
            else:
                self._obey(order)

    def _obey(self, order: Callable[[], None]) -> None:
        """Do what is ordered; whatever goes wrong, what comes after it is done, too."""
        try:
            order()
        except Exception as error:
            self._mailbox.post(Troubled(_reason(error)))

    def _do(self, request: SearchRequest) -> None:
        """Search until that is over."""
        message = ""
        try:
            message = self._follow(request)
        except Exception as error:
            message = _reason(error)
        finally:
            with self._lock:
                self._search = None
        self._look()
        self._mailbox.post(Ended(message))

    def _follow(self, request: SearchRequest) -> str:
        """Search to the end and post what happens; return why it failed, empty if it did not."""
        assert self._study is not None
        self._study.set_strategy(request.strategy)
        search = Search(self._study, request.engine, request.at_once)
        with self._lock:
            self._search = search
            for wish in self._wishes:
                wish(search)
        for event in search.events(request.n_trials):
            if isinstance(event, SearchFailed):
                return event.message
            self._pass_on(event, search)
        return ""

    def _pass_on(self, event: SearchEvent, search: Search) -> None:
        """Post what has changed, and now and then what others have done meanwhile."""
        if not isinstance(event, SearchFailed | SearchIdle):
            record = event.record
            self._seen[record.number] = record
            self._mailbox.post(TrialsChanged({record.number: record}))
            if record.state is TrialState.INTERRUPTED:
                self._mailbox.post(Answered())
        self._mailbox.post(Progress(tuple(search.running), search.n_ended))
        while not self._orders.empty():
            self._obey(self._orders.get())
        if time.monotonic() - self._looked_at > self.interval:
            self._look()

    def _look(self) -> None:
        """Read all trials and post those that are not as before."""
        if self._study is None:
            return
        try:
            if self._place.is_file and not Path(self._place.location).exists():
                raise UnreadableStudy(f"{self._place.label} is no longer there.")
            if any(trial.state is TrialState.RUNNING for trial in self._seen.values()):
                self._study.retry_stale_trials_when_due()
            trials = self._study.trials()
        except Exception as error:
            self._complain(error)
            return
        finally:
            self._looked_at = time.monotonic()
        if self._problem:
            self._problem = ""
            self._mailbox.post(Reachable())
        # Of our own trials at work the search tells more than the storage.
        ours = set() if self._search is None else {trial.number for trial in self._search.running}
        changed = {
            trial.number: trial for trial in trials if trial.number not in ours and self._is_new(trial)
        }
        if changed:
            self._seen.update(changed)
            self._mailbox.post(TrialsChanged(changed))

    def _is_new(self, trial: TrialRecord) -> bool:
        seen = self._seen.get(trial.number)
        return seen is not trial and seen != trial  # most of a thousand are the very same

    def _complain(self, error: Exception) -> None:
        """Post an error that comes again and again, once."""
        if str(error) != self._problem:
            self._problem = str(error)
            self._mailbox.post(Unreachable(f"The study cannot be read: {_reason(error)}"))

    def keep_check(self, result: CheckResult) -> None:
        """Write a check down in the study."""
        assert self._study is not None
        try:
            self._study.keep_check(result)
        except Exception as error:
            self._mailbox.post(Troubled(f"The check could not be kept: {_reason(error)}"))

    def move(self, move: Callable[[Path], Path], name: str) -> None:
        """Close the study, have its file moved or copied, and open what came of that, or the old one."""
        assert isinstance(self._place.location, Path)
        self._let_go()
        try:
            place = Place(move(self._place.location), name)
        except (OSError, ValueError) as error:
            self._mailbox.post(Troubled(_reason(error)))
            self._open_again(self._place)
            return
        if self._open_again(place):
            self._mailbox.post(Moved(place))

    def delete(self) -> None:
        """Delete the file, and end."""
        assert isinstance(self._place.location, Path)
        self._let_go()
        try:
            library.delete(self._place.location)
        except (OSError, ValueError) as error:
            self._mailbox.post(Troubled(f"It could not be deleted: {_reason(error)}"))
            self._open_again(self._place)
            return
        self._mailbox.post(Deleted())

    def _open_again(self, place: Place) -> bool:
        from ppo_desktop.study import storage

        try:
            self._study = storage.open_study(place)
        except Exception as error:
            self._mailbox.post(Refused(_reason(error)))
            return False
        self._place = place
        return True

    def _let_go(self) -> None:
        study, self._study = self._study, None
        if study is None:
            return
        try:
            study.close()
        except Exception:
            logger.exception("A study could not be closed")


def _reason(error: Exception) -> str:
    """Return the reason for the user; our own errors say it themselves, others are logged."""
    if isinstance(error, UnreadableStudy | InvalidStudy | InvalidHyperparameter):
        return str(error)
    logger.error("A study cannot be used", exc_info=error)
    return what_went_wrong(error)


def _number_of_orphans(trials: Mapping[int, TrialRecord]) -> int:
    """Return how many trials wait to be tried again because a program ended that was at them."""
    waiting = [trial for trial in trials.values() if trial.state is TrialState.WAITING]
    tried_before = [trials.get(trial.retry_of) for trial in waiting if trial.retry_of is not None]
    return sum(trial is not None and trial.reason == DIED for trial in tried_before)


class SearchThread(QObject):
    """Has a study open in a thread, from opening it to closing it; its methods return at once.

    The thread is Python's own and a daemon, not Qt's: a database that does not answer may hold it for some
    seconds, and neither giving it up nor closing the window may wait for that.

    Args:
        place: Where the study is.
        begun_as: What a new study searches, and how; None to open one that is there.
    """

    arrived = Signal(object)
    """News, in the window's thread."""
    _filled = Signal()

    def __init__(self, place: Place, begun_as: tuple[StudyPlan, Strategy] | None = None) -> None:
        super().__init__()
        self._filled.connect(self._fetch, Qt.ConnectionType.QueuedConnection)
        self._mailbox = Mailbox(self._filled.emit)
        self._actor = StudyActor(place, begun_as, self._mailbox)
        self._thread = threading.Thread(target=self._actor.work, name="study", daemon=True)

    def start(self) -> None:
        """Open the study, or create it."""
        self._thread.start()

    def search(self, request: SearchRequest) -> None:
        """Do trials; `Ended` is posted when that is over."""
        self._actor.search(request)

    def wish(self, wish: Callable[[Search], None]) -> None:
        """Pause, resume, finish or stop the search, or the one that is about to begin."""
        self._actor.wish(wish)

    def keep_check(self, result: CheckResult) -> None:
        """Write down what fresh seeds have said."""
        actor = self._actor  # orders may outlive this object, and its end must not come in the other thread
        actor.post(lambda: actor.keep_check(result))

    def rename(self, name: str) -> None:
        """Call the study's file and the study something else."""
        actor = self._actor
        actor.post(lambda: actor.move(lambda path: library.rename(path, name), name))

    def copy(self, name: str) -> None:
        """Copy the study, and have the copy open from now on."""
        actor = self._actor
        actor.post(lambda: actor.move(lambda path: library.copy(path, name), name))

    def delete(self) -> None:
        """Delete the study's file."""
        self._actor.post(self._actor.delete)

    def watch(self, often: bool) -> None:
        """Look often for what others have done, or seldom."""
        self._actor.interval = OFTEN if often else SELDOM
        self._actor.post(lambda: None)  # it may be in the middle of a long wait

    def close(self, timeout: float = CLOSING_SECONDS) -> bool:
        """Stop what is going on and let the study go; nothing arrives any more.

        Args:
            timeout: Most seconds to wait for that; 0 to give up what does not answer.

        Returns:
            Whether the thread has ended by then. One that has not ends by itself.
        """
        self._mailbox.close()
        self._actor.close()
        return not self._thread.is_alive() or join_for_a_moment([self._thread], timeout)

    @Slot()
    def _fetch(self) -> None:
        for news in self._mailbox.take():
            self.arrived.emit(news)
