"""The one thread that has a study open: opens it, searches it, looks at what other programs do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.jobs.actor import JobActor, Progress
from ppo_desktop.jobs.job import Ended
from ppo_desktop.jobs.outbox import Growing, Outbox
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.study import library
from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.place import Place, UnreadableStudy
from ppo_desktop.study.search import Search, TrialEvent
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import DIED, TrialRecord, TrialState

if TYPE_CHECKING:
    from ppo_desktop.study.storage import OpenStudy

OFTEN, SELDOM = 1.0, 10.0
"""Seconds between two looks at a study that others may work at, while the page is visible and while not."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SearchRequest:
    """What one search is to do: how many trials, how they are chosen, by which engine, how many at a time.

    Without a number of trials it goes on until it is stopped.
    """

    n_trials: int | None
    strategy: Strategy
    engine: str
    at_once: int


@dataclass(frozen=True)
class Opened:
    """A study is there.

    Attributes:
        strategy: How its next trials are chosen.
        trials: {number: trial} of all there are.
        check: What fresh seeds have said of its best; None if there was no check.
        n_orphans: Trials that wait to be tried again because the program ended that was at them.
        here: What this program is called in the trials it does.
        unknown: What of it only a newer version knows, in a sentence; empty where all is known.
        can_grow: Whether trials can be added: not where those it has depend on some of that.
    """

    place: Place
    plan: StudyPlan
    strategy: Strategy
    trials: Mapping[int, TrialRecord]
    check: CheckResult | None
    n_orphans: int
    here: str
    unknown: str
    can_grow: bool


@dataclass(frozen=True)
class Refused:
    """There is no study to be had: why, in one line."""

    message: str


@dataclass(frozen=True)
class TrialsChanged(Growing):
    """{number: trial} of trials that are new or have gone on, here or elsewhere."""

    trials: Mapping[int, TrialRecord]

    def added_to(self, earlier: TrialsChanged) -> TrialsChanged:
        """Return all of them, the latest of each."""
        return TrialsChanged({**earlier.trials, **self.trials})


@dataclass(frozen=True)
class SearchProgress(Progress):
    """How far this search is: our running trials with their curves so far, and how many have ended."""

    running: tuple[TrialRecord, ...]
    n_ended: int


@dataclass(frozen=True)
class Moved:
    """The study is kept somewhere else, or a copy of it is shown from now on."""

    place: Place


@dataclass(frozen=True)
class Deleted:
    """The study is gone, as asked."""


@dataclass(frozen=True)
class Troubled:
    """Something could not be done; all else is as before."""

    message: str


@dataclass(frozen=True)
class Unreachable:
    """The study cannot be read at the moment: why, in one line."""

    message: str


@dataclass(frozen=True)
class Reachable:
    """It can be read again."""


@dataclass(frozen=True)
class Answered:
    """The storage knows that a trial was stopped: it is there, should the search take longer to end."""


StudyNews = (
    Opened
    | Refused
    | TrialsChanged
    | SearchProgress
    | Answered
    | Ended
    | Moved
    | Deleted
    | Troubled
    | Unreachable
    | Reachable
)


class StudyActor(JobActor[Search]):
    """Has a study open, from opening it to closing it, and searches it.

    A new one is `begun_as` what it searches, and how; one that is there is opened.
    """

    def __init__(
        self, outbox: Outbox, place: Place, begun_as: tuple[StudyPlan, Strategy] | None = None
    ) -> None:
        super().__init__(outbox, self._take_in)
        self.interval = OFTEN
        self._place = place
        self._begun_as = begun_as
        self._study: OpenStudy | None = None
        self._seen: dict[int, TrialRecord] = {}
        self._problem = ""

    # ---- called from any thread ----------------------------------------------------------------

    def search(self, request: SearchRequest, expected: float | None = None) -> None:
        """Do trials, each of which is expected to take so many seconds; None if that is unknown."""
        self.run(partial(self._search, request, expected))

    def keep_check(self, result: CheckResult) -> None:
        """Write down in the study what fresh seeds have said."""
        self.post(partial(self._keep_check, result))

    def rename(self, name: str) -> None:
        """Call the study's file and the study something else."""
        self.post(partial(self._move, lambda path: library.rename(path, name), name))

    def copy(self, name: str) -> None:
        """Copy the study, and have the copy open from now on."""
        self.post(partial(self._move, lambda path: library.copy(path, name), name))

    def delete(self) -> None:
        """Delete the study's file, and end."""
        self.post(self._delete)

    def watch(self, often: bool) -> None:
        """Look often for what others have done, or seldom."""
        self.interval = OFTEN if often else SELDOM
        self.post(lambda: None)  # it may be in the middle of a long wait

    # ---- in the thread -------------------------------------------------------------------------

    def work(self) -> None:
        """Open the study, then do what is ordered, and between orders look what others do."""
        try:
            if self._open():
                super().work()
        finally:
            self._let_go()

    def _open(self) -> bool:
        try:
            self._study = self._create_or_open()
            self._announce()
        except Exception as error:
            self._outbox.post(Refused(self._reason(error)))
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
        self._outbox.post(opened)

    def _take_back(self) -> None:
        """Delete the empty study of a window that has gone."""
        self._let_go()
        if isinstance(self._place.location, Path):
            try:
                library.delete(self._place.location)
            except (OSError, ValueError):
                logger.exception("An empty study could not be deleted")

    def _search(self, request: SearchRequest, expected: float | None) -> Search:
        assert self._study is not None
        self._study.set_strategy(request.strategy)
        search = Search(self._study, request.engine, request.n_trials, request.at_once)
        search.expect(expected)
        return search

    def _take_in(self, event: TrialEvent) -> None:
        record = event.record
        self._seen[record.number] = record
        self._outbox.post(TrialsChanged({record.number: record}))
        if record.state is TrialState.INTERRUPTED:
            self._outbox.post(Answered())

    def _progress(self, job: Search) -> Progress:
        return SearchProgress(job.done, job.total, job.seconds_left, tuple(job.running), job.n_ended)

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
            self._announce_unreachable(error)
            return
        finally:
            self._looked_at = time.monotonic()
        if self._problem:
            self._problem = ""
            self._outbox.post(Reachable())
        # Of our own trials at work the search tells more than the storage.
        ours = set() if self._job is None else {trial.number for trial in self._job.running}
        changed = {
            trial.number: trial for trial in trials if trial.number not in ours and self._is_new(trial)
        }
        if changed:
            self._seen.update(changed)
            self._outbox.post(TrialsChanged(changed))

    def _is_new(self, trial: TrialRecord) -> bool:
        seen = self._seen.get(trial.number)
        return seen is not trial and seen != trial  # most of a thousand are the very same

    def _announce_unreachable(self, error: Exception) -> None:
        """Post an error that comes again and again, once."""
        if str(error) != self._problem:
            self._problem = str(error)
            self._outbox.post(Unreachable(f"The study cannot be read: {self._reason(error)}"))

    def _complain(self, error: Exception) -> None:
        self._outbox.post(Troubled(self._reason(error)))

    def _reason(self, error: Exception) -> str:
        """Return the reason for the user; our own errors say it themselves, others are logged."""
        if isinstance(error, UnreadableStudy | InvalidStudy | InvalidHyperparameter):
            return str(error)
        logger.error("A study cannot be used", exc_info=error)
        return what_went_wrong(error)

    def _keep_check(self, result: CheckResult) -> None:
        """Write a check down in the study."""
        assert self._study is not None
        try:
            self._study.keep_check(result)
        except Exception as error:
            self._outbox.post(Troubled(f"The check could not be kept: {self._reason(error)}"))

    def _move(self, move: Callable[[Path], Path], name: str) -> None:
        """Close the study, have its file moved or copied, and open what came of that, or the old one."""
        assert isinstance(self._place.location, Path)
        self._let_go()
        try:
            place = Place(move(self._place.location), name)
        except (OSError, ValueError) as error:
            self._outbox.post(Troubled(self._reason(error)))
            self._open_again(self._place)
            return
        if self._open_again(place):
            self._outbox.post(Moved(place))

    def _delete(self) -> None:
        """Delete the file, and end."""
        assert isinstance(self._place.location, Path)
        self._let_go()
        try:
            library.delete(self._place.location)
        except (OSError, ValueError) as error:
            self._outbox.post(Troubled(f"It could not be deleted: {self._reason(error)}"))
            self._open_again(self._place)
            return
        self._outbox.post(Deleted())
        self._is_closing.set()

    def _open_again(self, place: Place) -> bool:
        from ppo_desktop.study import storage

        try:
            self._study = storage.open_study(place)
        except Exception as error:
            self._outbox.post(Refused(self._reason(error)))
            self._is_closing.set()
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


def _number_of_orphans(trials: Mapping[int, TrialRecord]) -> int:
    """Return how many trials wait to be tried again because a program ended that was at them."""
    waiting = [trial for trial in trials.values() if trial.state is TrialState.WAITING]
    tried_before = [trials.get(trial.retry_of) for trial in waiting if trial.retry_of is not None]
    return sum(trial is not None and trial.reason == DIED for trial in tried_before)
