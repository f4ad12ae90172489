"""The learner's thread: drives a run's events in short slices and reports to the window.

The window never waits for the learner and the learner never floods the window: commands arrive
between two slices of about 4 ms, and one report at a time is on its way, at most 30 a second. Where the
window takes long over a report, as beside other programs, reports are fewer, so that it has half of its
time for itself, and until it has taken in the last one the learner rests between two slices.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot

from ppo_desktop import library
from ppo_desktop.bridge.allowance import Allowance
from ppo_desktop.bridge.news import (
    BreakpointHit,
    NoLongerKept,
    PolicyCopied,
    Report,
    RoomMade,
    RunningChanged,
    RunOpened,
    RunRefused,
    SampleSeen,
    Warned,
)
from ppo_desktop.bridge.threads import ThreadWorker
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    Event,
    MinibatchOptimized,
    RunFinished,
    StepsTaken,
    Survey,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs import processors
from ppo_desktop.runs.breakpoints import Breakpoint, BreakpointWatch
from ppo_desktop.runs.history import History
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import KeptTrainer
from ppo_desktop.runs.kept import KeptRun, begin, branch
from ppo_desktop.runs.past import Past, Visit
from ppo_desktop.user_files import runs_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ppo_desktop.ppo.samples import MinibatchSamples

SLICE_SECONDS = 0.004
"""How long the learner works before it looks for commands."""
REPORT_SECONDS = 1 / 30
"""Shortest time between two reports: the rate at which the window shows frames."""
SURVEY_SECONDS = 1 / 4
"""Shortest time between two surveys while training: the rate at which a map is painted anew."""
SOON_SECONDS = 0.1
"""If the way to a moment takes longer, the moment is shown without what led there, if it can be."""
MAKE_ROOM_SECONDS = 60.0
"""Shortest time after which it is looked again whether kept runs have room."""

_Place = tuple[int, int, int, int]
"""In a run: updates done; 0 while it collects, 1 while it optimises; time step or epoch; minibatch."""

logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """Nobody wants to know any more."""


class StepKind(Labelled):
    """How far one press of Step goes."""

    ENVIRONMENT_STEP = "step", "step"
    MINIBATCH = "minibatch", "minibatch"
    EPOCH = "epoch", "epoch"
    UPDATE = "update", "update"

    def is_reached_by(self, event: Event) -> bool:
        """Whether `event` is the end of such a step."""
        match self:
            case StepKind.ENVIRONMENT_STEP:
                return isinstance(event, StepsTaken)
            case StepKind.MINIBATCH:
                return isinstance(event, MinibatchOptimized)
            case StepKind.EPOCH:
                return isinstance(event, MinibatchOptimized) and event.minibatch == event.n_minibatches
            case StepKind.UPDATE:
                return isinstance(event, UpdateFinished)


@dataclass(frozen=True, slots=True)
class Reopening:
    """A moment of a kept run that is to be shown.

    Attributes:
        run: Its id.
        update: The update at whose end; None for where the run was last.
        branch_with: The values with which a branch is to go on from there; None where it is looked at, and
            the same happens again when it goes on.
        pauses_at_end: Whether it pauses when it comes to where it was last: of the present run, where it
            rests now, within an update, too.
        with_fast_engine: Whether the fast engine goes on with the branch.
    """

    run: str
    update: int | None = None
    branch_with: Hyperparameters | None = None
    pauses_at_end: bool = False
    with_fast_engine: bool = False


class Worker(ThreadWorker):
    """Lives in the learner's thread; its methods are the commands.

    Args:
        folder: In which runs are kept; None for that of the library.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder or runs_folder()
        self._newest = 0
        self._past: Past | None = None
        self._made_room_at = -math.inf
        self._window = f"{os.getpid()}-{id(self)}"
        self._offered: Set[str] = frozenset()
        self._run: KeptTrainer | None = None
        self._events: Iterator[Event] = iter(())
        self._number = 0
        self._running = False
        self._is_finished = False
        self._stop_after: StepKind | None = None
        self._place = _after(0)
        self._pauses_at: _Place | None = None
        self._optimises = False
        self._breakpoints = BreakpointWatch()
        self._hit = ""
        self._speed: float | None = None
        self._allowance = Allowance()
        self._agent = 0
        self._picture = False
        self._map = False
        self._closely = False
        self._gives_way = False
        self._surveyed_at = -math.inf
        self._unsent: list[Event] = []
        self._latest: StepsTaken | MinibatchOptimized | None = None
        self._minibatch: MinibatchOptimized | None = None
        self._state_entropies: NDArray[np.float32] | None = None
        self._on_its_way: Visit | None = None
        self._taken = 0
        self._something_new = False
        self._acknowledged = True
        self._reported_at = 0.0
        self._window_took = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)

    def enter(self) -> None:
        """Have the thread come after the window's where both want a processor."""
        processors.give_way(processors.LITTLE)

    def supersede(self, number: int) -> None:
        """Give up what is on its way to a moment of an earlier run than `number`; called from any thread."""
        self._newest = number

    def start(self, number: int, beginning: RunSettings | Reopening, running: bool) -> None:
        """Begin run `number`, or show a kept one; if that cannot be, the one before goes on as it was.

        The commands for a run carry its number, so that none meant for a run that was refused
        reaches the one before.
        """
        try:
            if isinstance(beginning, Reopening):
                opened = self._reopen(number, beginning)
            else:
                opened = self._begin(number, beginning)
        except Exception as error:
            if not isinstance(error, GivenUp):
                logger.exception("The run could not be made")
            self.said.emit(RunRefused(number, one_line(str(error)) or type(error).__name__))
            self.said.emit(RunningChanged(self._number, self._running))
            return
        self.said.emit(opened)
        self._set_running(running and not self._is_finished)

    def _begin(self, number: int, settings: RunSettings) -> RunOpened:
        run = create_run(settings, partial(self._complain, number), self._folder)
        history, events = History(), run.events()
        history.add(next(events))
        self._go_on_with(number, run, events, history)
        return RunOpened(number, settings, run.wanted, run.engine.name, history, run=_id_of(run))

    def _reopen(self, number: int, reopening: Reopening) -> RunOpened:
        """Show a moment of a kept run, which may be the one that is shown now."""
        past = self._past_of(reopening.run)
        kept, last, values = past.kept, past.kept.journal.updates, reopening.branch_with
        update = last if reopening.update is None else min(max(reopening.update, kept.first_update), last)
        visit, on_its_way = self._visit(number, past, update, as_branch=values is not None)
        is_same = self._run is not None and _id_of(self._run) == kept.folder.name
        rests_at = max(_after(last), self._place) if is_same else _after(last)
        history = past.history_of(visit.run)
        self._go_on_with(number, visit.run, visit.events, history)
        self._on_its_way = on_its_way
        self._show_way_of(visit)
        opened = RunOpened(
            number,
            kept.settings,
            visit.wanted,
            visit.run.engine.name,
            history,
            doubt=kept.doubt_of(visit.run),
        )
        complain = partial(self._complain, number)
        if values is not None:
            parent = Parent(past.owner(update).folder.name, update)
            branch(kept.folder.parent, visit.run, parent, complain)
            visit.run.change(values)
            if reopening.with_fast_engine:
                visit.run.use_fast_engine()
            return replace(
                opened,
                wanted=values,
                run=_id_of(visit.run),
                last_update=update,
                parent=parent,
                of_parent=past.whole,
                branched_at=visit.run.steps,
            )
        if visit.end is not None:
            self._unsent.append(visit.end)
            self._is_finished = True
        self._place = _after(update)
        self._pauses_at = rests_at if reopening.pauses_at_end and kept.journal.end is None else None
        return replace(
            opened,
            run=kept.folder.name,
            last_update=last,
            is_ours=kept.keep(visit.run, complain),
            parent=kept.journal.parent,
            whole=past.whole,
            of_parent=past.of_parent,
            branched_at=past.branched_at,
        )

    def _visit(self, number: int, past: Past, update: int, *, as_branch: bool) -> tuple[Visit, Visit | None]:
        """Return a kept run at one of its moments; and where that is at once, another on its way there."""
        visit = past.visit(update, as_branch=as_branch)
        try:
            begun, n_updates = time.perf_counter(), visit.updates_left
            while not visit.is_there:
                if self._newest > number:
                    raise GivenUp("something else was asked for")
                left = visit.updates_left
                visit.go_on()
                if visit.updates_left < left == n_updates:  # how long the others take is known now
                    seconds = visit.updates_left * (time.perf_counter() - begun)
                    if seconds > SOON_SECONDS and not as_branch and (there := past.visit_at_once(update)):
                        return there, visit
        except BaseException:
            visit.close()
            raise
        return visit, None

    def _show_way_of(self, visit: Visit) -> None:
        """Report what happened last on the way to the moment shown."""
        self._latest = self._minibatch = visit.minibatch
        self._state_entropies = None if visit.update is None else visit.update.state_entropies
        self._something_new = True

    def _come_closer(self, visit: Visit, deadline: float) -> None:
        """Let a run learn again, for a while, what led to the moment shown; report it at the end."""
        try:
            while not visit.is_there and time.perf_counter() < deadline:
                visit.go_on()
        except NotResumable as error:
            logger.warning("What led to update %d is not known: %s", visit.target, error)
            self._leave_behind()
        else:
            if visit.is_there:
                self._arrive_with(visit)

    def _arrive_with(self, visit: Visit) -> None:
        """Have a run that knows what led to the moment shown for the one that was there at once."""
        assert self._run is not None
        if visit.run.caveat:
            self.said.emit(Warned(visit.run.caveat))
            self._leave_behind()
            return
        visit.run.keeper, self._run.keeper = self._run.keeper, None
        self._close(self._events)
        self._run, self._events, self._on_its_way = visit.run, visit.events, None
        self._show_way_of(visit)

    def _leave_behind(self) -> None:
        """Give up what is on its way to the moment that is shown."""
        if self._on_its_way is not None:
            self._on_its_way.close()
            self._on_its_way = None

    def _past_of(self, run_id: str) -> Past:
        """Return what is known of a kept run; what the present one has learnt is written first."""
        if self._run is not None and self._run.keeper is not None:
            self._run.keeper.settle()
        folder = self._folder / Path(run_id).name
        if self._past is None or self._past.kept.folder != folder or not self._past.kept.is_up_to_date:
            self._past = Past(KeptRun(folder))
        return self._past

    def _go_on_with(self, number: int, run: KeptTrainer, events: Iterator[Event], history: History) -> None:
        """Have another run, of which so much has happened, in the place of the present one."""
        self._close_run()
        self._breakpoints.begin(history)
        self._optimises, self._hit = False, ""
        self._run, self._events, self._number = run, events, number
        self._forget()
        self._something_new = True
        self._surveyed_at = -math.inf
        self._place = _after(0)
        self._is_finished, self._stop_after, self._pauses_at = False, None, None

    def _complain(self, number: int, why: str) -> None:
        """Say that a run is no longer kept; called from the thread that writes."""
        keeper = None if self._run is None else self._run.keeper
        if number == self._number and keeper is not None:
            self.said.emit(NoLongerKept(number, why, keeper.n_kept))

    def make_room(self, most_bytes: int, offered: Set[str]) -> None:
        """Remove the oldest runs without star, name or note until all fit into so many bytes.

        No window removes those that are `offered` here to be brought back.
        """
        if offered != self._offered:
            self._offered = offered
            library.offer(self._window, offered, self._folder)
        now = time.monotonic()
        if now - self._made_room_at >= MAKE_ROOM_SECONDS:
            self._made_room_at = now
            if removed := library.make_room(most_bytes, self._folder, offered):
                self.said.emit(RoomMade(len(removed)))

    def resume(self, number: int) -> None:
        """Go on until paused; a finished run stays finished."""
        if number == self._number and not self._is_finished:
            self._stop_after = None
            self._set_running(True)

    def pause(self, number: int) -> None:
        """Stop between two events; nothing is lost. Where run `number` was refused, the one before stops."""
        if number >= self._number and not self._is_finished:
            self._set_running(False)

    def step(self, number: int, kind: StepKind) -> None:
        """Go on at full speed until `kind` is reached, then pause."""
        if number == self._number and not self._is_finished:
            self._stop_after = kind
            self._set_running(True)

    def change(self, number: int, hyperparameters: Hyperparameters) -> None:
        """Set changed values in the run."""
        if number == self._number and self._run is not None:
            self._leave_behind()
            self._run.change(hyperparameters)

    def use_fast_engine(self, number: int) -> None:
        """Let the fast engine go on with the run."""
        if number == self._number and self._run is not None:
            self._leave_behind()
            self._run.use_fast_engine()

    def give_way(self, gives_way: bool) -> None:
        """Rest between two slices for as long as one takes, or not: something else wants to be done soon."""
        self._gives_way = gives_way
        self._schedule()

    def extend(self, number: int) -> None:
        """Let a run that has ended go on when it is told to: what ended it has been changed."""
        if number == self._number:
            self._is_finished = False

    def set_speed(self, steps_per_second: float | None) -> None:
        """Let through this many time steps or minibatches a second; None: as fast as it goes."""
        self._speed = steps_per_second
        self._allowance.restart()
        self._schedule()

    def pause_when(self, breakpoint: Breakpoint | None) -> None:
        """Pause whatever runs where a condition comes to hold; None: nowhere."""
        self._breakpoints.wait_for(breakpoint)

    def choose_agent(self, agent: int) -> None:
        """Show another agent."""
        self._agent = agent
        self._something_new = True
        self._schedule()

    def look_at(self, number: int, samples: MinibatchSamples, row: int) -> None:
        """Send what the agent of a sample saw."""
        if number == self._number and self._run is not None:
            self.said.emit(SampleSeen(number, self._run.look_at(samples, row)))

    def copy_policy(self, number: int) -> None:
        """Send what the run acts with now."""
        if number == self._number and self._run is not None:
            self.said.emit(PolicyCopied(number, self._run.policy_moment()))

    def show_picture(self, wanted: bool) -> None:
        """Send Gymnasium's picture along with each frame, or not."""
        self._picture = wanted
        self._something_new = True
        self._schedule()

    def show_map(self, wanted: bool) -> None:
        """Send along what the policy has learnt everywhere and where the agent has been, or not."""
        self._map = wanted
        self._surveyed_at = -math.inf
        self._something_new |= wanted
        self._schedule()

    def look_closely(self, wanted: bool) -> None:
        """Send each minibatch along with the networks before its gradient step, or not; at rest, the last."""
        self._closely = wanted
        self._something_new |= wanted
        self._schedule()

    def acknowledge(self) -> None:
        """The window has taken in the last report and is ready for another."""
        self._acknowledged = True
        self._window_took = time.perf_counter() - self._reported_at
        self._schedule()

    def shut_down(self) -> None:
        """End the run and the thread."""
        self._timer.stop()
        self._close_run()
        library.offer(self._window, (), self._folder)
        super().shut_down()

    @Slot()
    def _advance(self) -> None:
        """Work for one slice, then report if it is time to."""
        deadline = time.perf_counter() + SLICE_SECONDS
        allowed = self._allowed_now()
        taken = 0
        while self._running and (
            self._is_being_told or (taken + 1 <= allowed and time.perf_counter() < deadline)
        ):
            taken += self._take_next_event()
        self._allowance.spend(taken)
        self._report_if_due()
        if self._on_its_way is not None:
            self._come_closer(self._on_its_way, deadline)
        if self._is_paced() or not self._running:
            self._schedule()

    @property
    def _is_being_told(self) -> bool:
        """Whether an update is over of which not all has been told: there is no stopping within it."""
        return self._run is not None and self._run.is_telling

    @property
    def _is_window_late(self) -> bool:
        """Whether the window, which took longer than a frame over the last report, is at work on this one."""
        return not self._acknowledged and self._window_took > REPORT_SECONDS

    def _allowed_now(self) -> float:
        """Return how many steps the speed allows; in slow motion each step waits for its own report."""
        if self._speed is None or not self._is_paced():
            return math.inf
        allowed = self._allowance.available(self._speed)
        if self._speed * REPORT_SECONDS > 1:
            return allowed
        return 0 if self._something_new else min(1, allowed)

    def _set_running(self, running: bool) -> None:
        self._running = running
        if running:
            self._leave_behind()
        # The last survey may be older than the last report, and the last gradient step not looked at closely.
        self._something_new |= (self._map or self._closely) and not running
        self._allowance.restart()
        self.said.emit(RunningChanged(self._number, running))
        if self._hit and not running:
            self.said.emit(BreakpointHit(self._number, self._hit))
        self._hit = ""
        self._schedule()

    def _take_next_event(self) -> int:
        """Take one event of the run; return 1 if it counts towards the speed, else 0."""
        if self._run is not None:
            self._run.stride, self._run.looks_closely = self._stride, self._closely
            self._run.looks_within = self._breakpoints.looks_at_each_minibatch
        event = next(self._events, None)
        if event is None:
            self._set_running(False)
            return 0
        self._something_new = True
        counts = 1
        match event:
            case StepsTaken():
                self._latest = event
                self._place = (self._place[0], 0, event.time, 0)
                self._optimises = event.time == event.rollout_length
            case MinibatchOptimized():
                self._latest = self._minibatch = event
                self._place = (self._place[0], 1, event.epoch, event.minibatch)
            case UpdateFinished():
                self._unsent.append(event)
                self._place = _after(event.update)
                self._optimises = False
                counts = 0
            case _:
                self._unsent.append(event)
                counts = 0
        self._taken += counts * (self._run.stride if self._run is not None else 1)
        self._hit = self._breakpoints.hit_by(event) or self._hit
        if isinstance(event, RunFinished):
            self._is_finished, self._running = True, False  # the report says so
        elif self._is_to_pause_after(event):
            self._set_running(False)
        return counts

    @property
    def _stride(self) -> int:
        """How many steps, or gradient steps, may be taken before it is looked whether to pause or to wait."""
        watch = self._breakpoints
        is_looked_at = watch.looks_at_each_minibatch if self._optimises else watch.looks_at_each_step
        if is_looked_at or self._comes_to_its_rest or self._is_paced() or self._stop_after is not None:
            return 1
        return LONGEST_STRIDE

    @property
    def _comes_to_its_rest(self) -> bool:
        """Whether a replay is within the rollout, or its update, in which it will pause."""
        return self._pauses_at is not None and self._place[0] >= self._pauses_at[0]

    def _is_to_pause_after(self, event: Event) -> bool:
        """Whether a step that was asked for is done, a breakpoint hit, or a replay where the run rested.

        Where an episode's end has hit one, the step in which that was is done first.
        """
        if self._hit and not isinstance(event, EpisodeEnded):
            return True
        if self._pauses_at is not None and self._place >= self._pauses_at:
            self._pauses_at = None
            return True
        return self._stop_after is not None and self._stop_after.is_reached_by(event)

    def _report_if_due(self) -> None:
        now = time.perf_counter()
        if not self._acknowledged or not self._something_new or self._run is None:
            return
        if self._running and now - self._reported_at < max(REPORT_SECONDS, 2 * self._window_took):
            return
        report = Report(
            tuple(self._unsent),
            self._latest,
            self._minibatch_to_tell(self._run),
            self._run.look(self._agent, picture=self._picture, path=self._map),
            self._survey_if_due(self._run, now),
            self._taken,
            self._state_entropies,
        )
        self._forget()
        self._acknowledged, self._reported_at = False, time.perf_counter()
        self.said.emit(report)
        self._schedule()

    def _minibatch_to_tell(self, run: Trainer) -> MinibatchOptimized | None:
        """Return the last minibatch; if that is wanted with its networks, at rest always."""
        if not self._closely:
            return self._minibatch
        minibatch = self._minibatch if self._running else run.look_closely()
        if minibatch is not None and minibatch.networks is not None:
            minibatch.networks.work_out()
        return minibatch

    def _survey_if_due(self, run: Trainer, now: float) -> Survey | None:
        """Survey the state plane, if its map is shown; when at rest always, so that it is of this moment."""
        if not self._map or (self._running and now - self._surveyed_at < SURVEY_SECONDS):
            return None
        self._surveyed_at = now
        return run.survey()

    def _forget(self) -> None:
        """Start collecting the next report."""
        self._unsent = []
        self._latest = self._minibatch = None
        self._state_entropies = None
        self._taken = 0
        self._something_new = False

    def _schedule(self) -> None:
        """Tick as the speed wants while running, or until the last news is sent; else rest."""
        if self._running:
            milliseconds = math.ceil(1000 * self._seconds_until_next())
            if self._is_paced() or milliseconds != self._timer.interval() or not self._timer.isActive():
                self._timer.start(milliseconds)
        elif self._on_its_way or (self._something_new and self._acknowledged and self._run is not None):
            self._timer.start(0)
        else:
            self._timer.stop()

    def _seconds_until_next(self) -> float:
        if self._speed is None or not self._is_paced():
            return SLICE_SECONDS if self._gives_way or self._is_window_late else 0.0
        return max(SLICE_SECONDS, self._allowance.seconds_until_next(self._speed))

    def _is_paced(self) -> bool:
        return self._speed is not None and self._stop_after is None

    def _close_run(self) -> None:
        self._leave_behind()
        events = self._events
        self._run, self._events, self._running = None, iter(()), False
        self._close(events)

    def _close(self, events: Iterator[Event]) -> None:
        """Close the environments of a run, and what it is kept in."""
        close = getattr(events, "close", None)
        if close is None:
            return
        try:
            close()
        except EnvironmentFailure as failure:
            logger.exception("The run could not be closed")
            self.said.emit(Warned(str(failure)))


def create_run(settings: RunSettings, complain: Callable[[str], None], folder: Path) -> KeptTrainer:
    """Return a run that is kept; called in the learner's thread, which loads the engine there."""
    return begin(folder, settings, complain)


def _after(update: int) -> _Place:
    return update, 0, 0, 0


def _id_of(run: KeptTrainer) -> str:
    """Return by which id a run is kept, empty if it is not."""
    return run.keeper.folder.name if run.keeper is not None else ""
