"""A study that a page shows: opened, searched, stopped, moved, its best checked, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QTimer, Signal, Slot

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.notices import Action
from ppo_desktop.bridge.planned_session import PlannedSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.study_checking import StudyChecking
from ppo_desktop.bridge.study_drafting import StudyDrafting
from ppo_desktop.bridge.study_estimate import StudyEstimate
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.study.check import Candidate, Check, CheckResult, candidates
from ppo_desktop.study.library import path_for
from ppo_desktop.study.place import Place
from ppo_desktop.study.samplers import MAP
from ppo_desktop.study.search import Search
from ppo_desktop.study.study_actor import (
    Answered,
    Deleted,
    Moved,
    Opened,
    Reachable,
    Refused,
    SearchProgress,
    SearchRequest,
    StudyActor,
    StudyNews,
    TrialsChanged,
    Troubled,
    Unreachable,
)
from ppo_desktop.study.study_digest import best_trial
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord, Trials, TrialState, WorkerStatus, workers

DELIVERY_SECONDS = 0.2
"""Shortest time between two deliveries of what only grows: five times a second is as much as one sees."""
RESTING_SECONDS = 0.2
"""Seconds for which the window may wait for a study that rests to be closed."""
CLOSING_SECONDS = 5.0
"""How long closing waits for the thread to write down what it was at."""
STOPPING_SECONDS = 15.0
"""Seconds that a search has to write down that it was stopped, before it is left to itself."""


QuestionT = TypeVar("QuestionT")
DigestT = TypeVar("DigestT")


class StudySession(PlannedSession[QuestionT, DigestT]):
    """A study, and everything one may do with it. Nothing here waits for a study or a network.

    Of the folder of studies it only asks whether a name is taken.

    Whatever touches the study's storage is done by a `StudyActor`, which tells what has come of it at most
    five times a second.

    Args:
        folder: Where studies are kept.
        drafting: What is set up for the next start.
        inquiry: What is asked of the study.

    Attributes:
        place: Where the study shown is; None while none is.
        plan: What it searches; None while none is shown.
        strategy: How its trials were chosen and cut short the last time.
        trials: All trials of the study shown, by number, of all programs.
        running: Our own running trials, with their learning curves so far.
        n_wanted: Trials of this search, of a grid no more than were left; None for until stopped.
        n_done: Those of them that have ended.
        n_left: Those that the last search has left when it was stopped; None if nothing says.
        why_no_more: Why nothing more is trained for the study shown; empty where it can be.
    """

    study_changed = Signal()
    """Another study is shown, or none, or the same under another name."""
    studies_changed = Signal()
    """There are others in the folder."""
    running_changed = Signal()
    workers_changed = Signal()

    drafting: StudyDrafting[Any]
    _work = "search"
    """What trials are done by, as in "The search has stopped"."""
    each = "trial"
    """What they are called."""
    _estimate: StudyEstimate
    _thread: JobThread[StudyActor] | None

    def __init__(
        self,
        session: Session,
        folder: Path,
        drafting: StudyDrafting[Any],
        inquiry: Inquiry[StudyPlan, Trials, QuestionT, DigestT],
    ) -> None:
        self.drafting = drafting
        estimate = StudyEstimate(session, drafting, lambda: self.trials)
        super().__init__(session, folder, drafting, estimate, inquiry)
        self.place: Place | None = None
        self.plan: StudyPlan | None = None
        self.strategy = Strategy()
        self.trials: Trials = ()
        self.running: tuple[TrialRecord, ...] = ()
        self.workers: tuple[WorkerStatus, ...] = ()
        self.n_wanted: int | None = None
        self.n_left: int | None = None
        self.n_done = 0
        self._here = ""
        self.why_no_more = ""
        self._opening: JobThread[StudyActor] | None = None
        self._request: SearchRequest | None = None
        self._is_reachable = True
        self._unanswered = QTimer(self)
        self._unanswered.setSingleShot(True)
        self._unanswered.timeout.connect(self._leave_to_itself)
        self.checking = StudyChecking(self._new_check)
        self.checking.completed.connect(self._keep_check)
        self.checking.failed.connect(self._announce_failed_check)
        self.drafting.changed.connect(self._announce_refusal)
        self.notices.review_at(self.study_changed, self.checking.progress_changed)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def best(self) -> TrialRecord | None:
        """The complete trial with the highest objective by now, the earliest of equals; None without any."""
        return best_trial(trial for trial in self.trials if trial.is_complete)

    @property
    def best_candidate(self) -> Candidate | None:
        """The same as it would be checked."""
        return None if self.best is None else self._candidates([self.best])[0]

    @property
    def next_work(self) -> str:
        """What the next start would do, in words, or why it cannot; without the time while trials run."""
        return self._estimate.next_work(with_time=not self.is_under_way)

    @property
    def n_trials_to_come(self) -> int | None:
        """How many trials the next search does; None for until stopped."""
        return self._estimate.limited(self.drafting.n_trials)

    # ---- what is done --------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Do as many trials as are wanted: of the study shown, else of a new one."""
        if self.state not in (JobState.EMPTY, JobState.RESTING):
            return
        plan, drafting = self.drafting.plan, self.drafting
        if plan is None or drafting.complaint:
            drafting.refuse("This cannot be searched as it is set up.")
            return
        if self._has_refused_more():
            return
        if self._waits_for_engine(f"The {self._work}", self.start):
            return
        if self._estimate.combinations_left == 0:
            self._say_nothing_is_left()
            return
        if self._is_busy_checking("Stop it and start", self.start):
            return
        self.notices.withdraw()
        self.session.make_way(f"a {self._work}")
        request = SearchRequest(
            drafting.n_trials, drafting.strategy, self._estimate.engine, drafting.trials_at_once
        )
        if self._thread is not None:
            self._begin_search(request)
            return
        place = Place(path_for(self.folder, drafting.name), drafting.name)
        self._request = request
        self._open(place, (plan, drafting.strategy))

    @Slot()
    def resume(self) -> None:
        """Let them go on, once nothing is checked."""
        if self.state is JobState.PAUSED and self._is_busy_checking("Stop it and resume", self.resume):
            return
        super().resume()

    @Slot()
    def finish(self) -> None:
        """Stop after the running trials."""
        if self.state not in (JobState.RUNNING, JobState.PAUSED):
            return
        if self.state is JobState.PAUSED and self._is_busy_checking("Stop it and finish", self.finish):
            return
        self._wish(Search.finish)
        self._wish(Search.resume)
        self._set_state(JobState.FINISHING)

    @Slot()
    def stop(self) -> None:
        """Stop now: running trials are to be tried again; what is being opened is given up."""
        if self.state is JobState.OPENING:
            self._give_up()
        elif self.is_under_way:
            self._wish(Search.cancel)
            self._set_state(JobState.FINISHING)
            if not self._unanswered.isActive():
                self._unanswered.start(round(1000 * STOPPING_SECONDS))

    @Slot()
    def new(self) -> None:
        """Show no study, so that another can be set up; while trials run or are checked, offer to stop."""
        if self._is_busy("Stop it and set up another", self.new):
            return
        self._drop(self._opening)
        self._opening = self._request = None
        self.notices.withdraw()
        self._forget()

    def open(self, place: Place) -> None:
        """Show a study that is kept; the window stays live meanwhile.

        While trials run or are checked it offers to stop them. One that cannot be opened is refused with a
        notice, and what is shown stays.
        """
        if place == self.place and self.state is not JobState.OPENING:
            return
        if self._is_busy("Stop it and open the other", partial(self.open, place)):
            return
        self.notices.withdraw()
        self._drop(self._opening)
        self._request = None
        self._open(place)

    def rename(self, name: str) -> None:
        """Call the study shown something else."""
        name = one_line(name)
        if not name or self.place is None or name == self.place.name:
            return
        if self._can_be_moved("renamed", "Stop it and rename it", partial(self.rename, name)):
            assert self._thread is not None
            self._thread.actor.rename(name)

    def copy(self, name: str) -> None:
        """Copy the study shown under another name, and show the copy."""
        name = one_line(name)
        if name and self._can_be_moved("copied", "Stop it and copy it", partial(self.copy, name)):
            assert self._thread is not None
            self._thread.actor.copy(name)

    def delete(self) -> None:
        """Delete the study shown, and show none."""
        if self._can_be_moved("deleted", "Stop it and delete it", self.delete):
            assert self._thread is not None
            self.checking.stop()
            self._thread.actor.delete()

    # ---- what is taken out ---------------------------------------------------------------------

    def use_in_train(self, number: int) -> None:
        """Show a trial's values in Train, ready to begin, with its first seed."""
        trial = next((trial for trial in self.trials if trial.number == number), None)
        if trial is None or not trial.values:
            self.notices.say("This trial has no values.", is_warning=True)
            return
        self.use_values_in_train(trial.values, f"Trial {number}")

    def use_values_in_train(self, values: Mapping[str, Value], whose: str) -> None:
        """Show values of the space in Train, ready to begin; a run there has to go, and that is said.

        Args:
            values: Of a trial, or of what was checked.
            whose: What they are, as a sentence begins with it: "Trial 11", "The preset Demonstration".
        """
        if self.plan is None or self.place is None:
            return
        try:
            settings = self.plan.settings({**self.plan.base_values, **values}, seed=1)
        except InvalidHyperparameter as error:
            self.notices.say(str(error), is_warning=True)
            return
        self._open_in_train(settings, None, f"{whose} of {self.place.name}")

    @Slot()
    def start_check(self) -> None:
        """Try the best, the runner-up and the preset on fresh seeds; not while trials learn."""
        if self.checking.is_under_way or self._has_refused_more():
            return
        if self.plan is None or self.best is None:
            self.notices.say(
                "There is nothing to check yet: no trial is complete.",
                is_warning=True,
                holds=lambda: self.best is None,
            )
            return
        if self.state not in (JobState.RESTING, JobState.PAUSED):
            self.offer_to_stop("Stop it and check its best", self.start_check)
            return
        if self._waits_for_engine("The check", self.start_check):
            return
        self.notices.withdraw()
        self.session.make_way("a check on fresh seeds")
        self.checking.start()

    def set_visible(self, is_visible: bool) -> None:
        """Also look often at others, and follow Train, only while the page is visible."""
        super().set_visible(is_visible)
        self.drafting.follow_train(is_visible)
        self._watch()

    def close(self) -> None:
        """End the trials, the check and all threads; waits a little for what is being written down."""
        self.checking.close()
        self._drop(self._opening)
        self._close_thread(CLOSING_SECONDS)
        super().close()

    # ---- a study comes and goes ----------------------------------------------------------------

    def _open(self, place: Place, begun_as: tuple[StudyPlan, Strategy] | None = None) -> None:
        """Wait for a study; the one shown stays until it is there."""
        thread = JobThread("study", lambda outbox: StudyActor(outbox, place, begun_as), DELIVERY_SECONDS)
        self._opening = thread
        thread.arrived.connect(partial(self._hear, thread))
        self._set_state(JobState.OPENING)
        thread.start()

    def _give_up(self) -> None:
        """Wait no more for what is being opened."""
        self._drop(self._opening)
        self._opening = self._request = None
        self._set_state(JobState.EMPTY if self._thread is None else JobState.RESTING)

    def _drop(self, thread: JobThread[StudyActor] | None) -> None:
        """Let a thread end by itself; one that rests does so at once, and its file is open nowhere then."""
        if thread is not None:
            thread.close(0.0 if thread is self._opening else RESTING_SECONDS)

    def _show(self, opened: Opened) -> None:
        """Show the study that has been opened or created."""
        self._forget_study()
        self._thread, self._opening = self._opening, None
        self.place, self.plan, self._here = opened.place, opened.plan, opened.here
        self.strategy = opened.strategy
        self.why_no_more = "" if opened.can_grow else opened.unknown
        self._take_in(opened.trials)
        self.inquiry.begin(opened.plan)
        self.drafting.lock(opened.place.name, opened.plan, opened.strategy)
        self.checking.show(opened.check)
        self._set_state(JobState.RESTING)
        self._emit_all_changed()
        self._emit_trials_changed()
        self._watch()
        if opened.unknown:
            self._announce_at_rest(opened.unknown, is_warning=True)
        elif opened.n_orphans:
            trials = counted(opened.n_orphans, f"{self.each} was", f"{self.each}s were")
            self._announce_at_rest(
                f"{trials} cut off when the program ended; the next {self._work} tries again."
            )
        request, self._request = self._request, None
        if request is not None:
            self.studies_changed.emit()
            self._begin_search(request)

    def _forget_study(self) -> None:
        """Let go of what is shown, to show something else."""
        self._drop(self._thread)
        self.checking.show(None)
        self._thread = self.place = self.plan = self.n_wanted = self.n_left = None
        self.trials, self.running, self.workers, self.n_done = (), (), (), 0
        self.why_no_more = ""
        self.inquiry.forget()
        self.highlight(None)

    def _forget(self) -> None:
        """Show none."""
        self._forget_study()
        self.drafting.unlock()
        self._set_state(JobState.EMPTY)
        self._emit_all_changed()

    def _emit_all_changed(self) -> None:
        """Everything is another study's."""
        self.study_changed.emit()
        for changed in (self.question_changed, self.digest_changed, self.running_changed):
            changed.emit()
        self.workers_changed.emit()
        self.progress_changed.emit()

    def _can_be_moved(self, done: str, label: str, do: Callable[[], None]) -> bool:
        """Say why the study shown cannot be renamed, copied or deleted, if it cannot; offer what can be done.

        Args:
            done: What is done, as in "A study cannot be deleted".
            label: What is offered while the study is under way.
            do: Does it once it is stopped.
        """
        if self.place is None:
            return False
        if self.is_under_way or self.state is JobState.OPENING:
            self.offer_to_stop(label, do)
            return False
        if not self.place.is_file:
            self._announce_at_rest(
                f"A study in a database cannot be {done} from here; the database's own tools can.",
                is_warning=True,
            )
            return False
        return True

    # ---- what the thread tells -----------------------------------------------------------------

    def _hear(self, thread: JobThread[StudyActor], news: StudyNews) -> None:
        if thread is self._opening:
            self._receive_opening(news)
        elif thread is self._thread:
            self._receive_shown(news)

    def _receive_opening(self, news: StudyNews) -> None:
        if isinstance(news, Opened):
            self._show(news)
        elif isinstance(news, Refused):
            self._give_up()
            self.notices.say(news.message, is_warning=True)

    def _receive_shown(self, news: StudyNews) -> None:
        match news:
            case TrialsChanged():
                self._receive_trials(news.trials)
            case SearchProgress():
                self._receive_progress(news)
            case Answered():
                self._unanswered.stop()
            case Ended():
                self._end_search(news)
            case Moved():
                self._receive_move(news.place)
            case Deleted():
                self.notices.withdraw()
                self._forget()
                self.studies_changed.emit()
            case Refused():
                self._forget()
                self.notices.say(news.message, is_warning=True)
            case Troubled():
                self._complain(news.message)
            case Unreachable():
                self._is_reachable = False
                self._complain(news.message, lambda: not self._is_reachable)
            case Reachable():
                self._is_reachable = True
                self.notices.review()
            case Opened():
                pass

    def _receive_progress(self, news: SearchProgress) -> None:
        self.progress, self.running, self.n_done = news, news.running, news.n_ended
        self.running_changed.emit()
        self.progress_changed.emit()

    def _receive_move(self, place: Place) -> None:
        assert self.plan is not None
        self.place = place
        self.drafting.lock(place.name, self.plan, self.drafting.strategy)
        self.study_changed.emit()
        self.studies_changed.emit()

    def _receive_trials(self, changed: Mapping[int, TrialRecord]) -> None:
        """Take in trials; that our own running ones have gone on says nothing yet, and `running` shows it."""
        ours = {trial.number for trial in self.running}
        self._take_in(changed)
        if any(
            number not in ours or trial.state is not TrialState.RUNNING for number, trial in changed.items()
        ):
            self._emit_trials_changed()

    def _take_in(self, changed: Mapping[int, TrialRecord]) -> None:
        trials = {trial.number: trial for trial in self.trials} | dict(changed)
        self.trials = tuple(trials[number] for number in sorted(trials))

    def _emit_trials_changed(self) -> None:
        """Trials have come or ended, or others' have gone on."""
        at_work = workers(self.trials, self._here)
        if at_work != self.workers:
            self.workers = at_work
            self.workers_changed.emit()
            self._watch()
        if self._estimate.combinations_left is not None:
            self.estimate_changed.emit()
        self.inquiry.ask_again()

    def _watch(self) -> None:
        """Look often what others do while that may be of interest."""
        others = any(worker.n_running and not worker.is_here for worker in self.workers)
        if self._thread is not None:
            self._thread.actor.watch(often=self._is_visible or others)

    # ---- a search ------------------------------------------------------------------------------

    def _begin_search(self, request: SearchRequest) -> None:
        assert self._thread is not None
        self._next = None
        self.strategy = request.strategy
        self.n_wanted, self.n_done = self._estimate.limited(request.n_trials), 0
        self.progress = None
        assert self.plan is not None
        self._thread.actor.search(request, self._estimate.begin(self.plan, self.n_wanted))
        self._set_state(JobState.RUNNING)
        self.progress_changed.emit()

    def _end_search(self, ended: Ended) -> None:
        was_stopped = self.state is JobState.FINISHING
        if ended.reason is EndReason.COMPLETED and not was_stopped:
            self._estimate.finish()
        self._estimate.forget()
        self.running = ()
        self._set_state(JobState.RESTING)
        self.running_changed.emit()
        self.progress_changed.emit()
        self.estimate_changed.emit()
        self.inquiry.ask_again()
        if ended.reason is EndReason.FAILED:
            self._announce_at_rest(f"The {self._work} has stopped: {ended.message}", is_warning=True)
        elif was_stopped:
            self._announce_at_rest(
                f"Stopped: {counted(self.n_done, self.each)} of this go {_are(self.n_done)} done."
            )
        elif self._estimate.combinations_left == 0:
            self._announce_at_rest(self._everything_tried)
        else:
            self._announce_at_rest(f"{counted(self.n_done, self.each)} done.")
        self._leave_the_rest()
        self._do_next()

    def _leave_the_rest(self) -> None:
        """Let the next search do what this one has left."""
        self.n_left = None if self.n_wanted is None else self.n_wanted - self.n_done

    @Slot()
    def _leave_to_itself(self) -> None:
        """Show a study no more that does not answer: its thread ends when it does."""
        assert self.place is not None
        label = self.place.label
        self._estimate.forget()
        self._forget()
        self._do_next()
        self.notices.say(
            f"{label} does not answer: it is closed, and trials that were running are tried again when the "
            "study goes on.",
            is_warning=True,
        )

    def _is_busy(self, label: str, do: Callable[[], None]) -> bool:
        """Say that trials run, rest or are checked, if so, and offer to do something else instead."""
        if self.is_under_way:
            self.offer_to_stop(label, do)
        return self.is_under_way or self._is_busy_checking(label, do)

    def _is_busy_checking(self, label: str, do: Callable[[], None]) -> bool:
        """Say that fresh seeds are being tried, if they are, and offer to do something else instead."""

        def stop_and_do() -> None:
            self.checking.stop()
            do()

        if self.checking.is_under_way:
            self.notices.say(
                "The best is being checked on fresh seeds.",
                action=Action(label, stop_and_do),
                holds=lambda: self.checking.is_under_way,
            )
        return self.checking.is_under_way

    def _new_check(self) -> Check:
        assert self.plan is not None
        return Check(self.plan, self._candidates(self.trials), self._estimate.engine)

    def _candidates(self, trials: Iterable[TrialRecord]) -> list[Candidate]:
        """Return what is worth checking of trials of the study shown."""
        assert self.plan is not None
        return candidates(self.plan, trials, are_cells=self.strategy.sampler == MAP)

    @Slot(object)
    def _keep_check(self, result: CheckResult) -> None:
        if self._thread is not None:
            self._thread.actor.keep_check(result)

    # ---- what there is to say ------------------------------------------------------------------

    @property
    def _everything_tried(self) -> str:
        """What is said when a search that has an end has come to it."""
        raise NotImplementedError

    def _say_nothing_is_left(self) -> None:
        """Say that nothing is left to be tried, and offer what can be done."""
        raise NotImplementedError

    @Slot(str)
    def _announce_failed_check(self, message: str) -> None:
        self._complain(f"The check has stopped: {message}", lambda: not self.checking.is_under_way)

    @Slot()
    def _announce_refusal(self) -> None:
        """Say why something that was typed or chosen cannot be, until something else is chosen."""
        if self.drafting.refusal:
            self.notices.say(
                self.drafting.refusal, is_warning=True, holds=lambda: bool(self.drafting.refusal)
            )

    def _has_refused_more(self) -> bool:
        """Say why nothing more is trained for the study shown, if that is so."""
        if self.why_no_more:
            self._announce_at_rest(self.why_no_more, is_warning=True)
        return bool(self.why_no_more)

    def _follow_state(self) -> None:
        super()._follow_state()
        if self.state is not JobState.FINISHING:
            self._unanswered.stop()
        self.drafting.hold(self.state is JobState.OPENING)

    @property
    def _shown(self) -> object:
        return self._thread

    def _in_the_way(self, doing: str) -> str:
        if self.place is None or self.state is JobState.OPENING:
            return "A study is being opened."
        return (
            f"The {self._work} of {self.place.name} {doing}; {self.each}s that are cut off are tried again."
        )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
