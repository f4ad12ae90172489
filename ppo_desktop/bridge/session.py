"""The one state the window shows: panels read it, ask it for changes, and redraw on its signals."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoStack

from ppo_desktop.bridge.changes import ChangeCommand, RunCommand, Standing
from ppo_desktop.bridge.moments import Moment, Moments
from ppo_desktop.bridge.news import (
    BreakpointHit,
    News,
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
from ppo_desktop.bridge.notices import Action, Notice, Notices
from ppo_desktop.bridge.preparation import Preparation, PreparationState
from ppo_desktop.bridge.rate import Rate
from ppo_desktop.bridge.threads import WorkerThread
from ppo_desktop.bridge.worker import Reopening, StepKind, Worker
from ppo_desktop.library import MOST_BYTES
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.declaration import Applies, InvalidHyperparameter, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import LOADING, can_be_fast
from ppo_desktop.ppo.events import (
    EngineChanged,
    Event,
    FinishReason,
    Frame,
    HyperparametersChanged,
    MinibatchOptimized,
    RunFinished,
    StepsTaken,
    Survey,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.presets import preset_of, presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.breakpoints import Breakpoint
from ppo_desktop.runs.history import History

STILL_LOADING = "The engine is loading; training begins in a moment."
LONG_MILLISECONDS = 1_500
"""Time after which it is said why a moment of a run is not shown yet."""
SILENT_SECONDS = 5
"""Seconds after which it is said that an environment does not answer."""
LARGEST_NEW_SEED = 9999
"""New seeds stay short enough to be read out in class."""


class RunState(Enum):
    """What the learner is doing."""

    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True)
class _Fallback:
    """What holds again if the run asked for cannot be made."""

    number: int
    settings: RunSettings
    values_then: Hyperparameters
    baseline: History | None
    command: RunCommand | None = None


class Session(QObject):
    """The run that is shown, and everything one may ask of it.

    Attributes:
        settings: The settings as the user set them; the learner follows at its boundaries.
        opened: The present run as it was when it was opened.
        frame: What the chosen agent sees; None before the learner is ready.
        survey: What policy and critic think everywhere, the last time it was looked at; None before.
        latest: The last step or minibatch of the run.
        state_entropies: Entropy in each state of the last rollout after its update, nats.
        selected: Position t·N + agent of the sample that is looked at, None for none.
        selected_frame: What its agent saw, while the run rests.
        baseline: The curves of a run pinned for comparison.
        n_actions: |A| of the present environment, None for continuous actions.
        engine: Name of the engine that runs; empty before the learner is ready.
        preparation: Of the fast engine, where it is not there yet.
        announcements: What there is to say above every page.
        speed: Steps a second that are let through, None for as many as possible.
        breakpoint: Where the run pauses by itself, None for nowhere.
        agent: Index of the agent shown.
        undo_stack: What can be undone: changes of hyperparameters, and other runs in the place of one.
        most_bytes: How much room all kept runs may take.
        can_keep: Whether runs could be kept when the program started.
    """

    settings_changed = Signal()
    run_changed = Signal()
    frame_changed = Signal()
    minibatch_changed = Signal()
    selection_changed = Signal()
    baseline_changed = Signal()
    progress_changed = Signal()
    state_changed = Signal()
    speed_changed = Signal()
    breakpoint_changed = Signal()
    engine_changed = Signal()
    update_shown = Signal()
    """Another moment is shown, or what is known of later ones has changed; see `progress_changed`, too."""

    def __init__(
        self,
        settings: RunSettings,
        kept: Reopening | None = None,
        *,
        folder: Path | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        """Show nothing yet; then a kept run if there is one, else one with `settings`.

        Args:
            settings: Of the first run.
            kept: The moment of a kept run that is shown instead.
            folder: In which runs are kept; None for that of the library.
            preparation: Of the fast engine, where another session has one already.
        """
        super().__init__()
        self.settings = settings
        self.folder = folder
        self.opened = RunOpened(0, settings, settings.hyperparameters, "", History())
        self._kept_at_first = kept
        self.most_bytes = MOST_BYTES
        self.can_keep = True
        self.history = self.opened.history
        self.frame: Frame | None = None
        self.survey: Survey | None = None
        self.latest: StepsTaken | MinibatchOptimized | None = None
        self.minibatch: MinibatchOptimized | None = None
        self.state_entropies: NDArray[np.float32] | None = None
        self.selected: int | None = None
        self.selected_frame: Frame | None = None
        self.baseline: History | None = None
        self.n_actions: int | None = None
        self.engine = ""
        self.preparation = preparation or Preparation()
        self.state = RunState.LOADING
        self.notices = Notices()
        self.announcements = Notices()
        self.speed: float | None = None
        self.breakpoint: Breakpoint | None = None
        self.agent = 0
        self.undo_stack = QUndoStack(self)
        self._has_said_what_went = False
        self._question_at_closing = Notice()
        self._values_then = settings.hyperparameters
        self._values_before: Hyperparameters | None = None
        self._when_shown: Callable[[], None] | None = None
        self._awaits_kept = self._takes_long = False
        self._next_shown: int | None = None
        self._asked_update: int | None = None
        self._learner_hyperparameters = settings.hyperparameters
        self._number = 0
        self._next_number = 1
        self._when_paused: Callable[[], None] | None = None
        self._no_longer_kept: NoLongerKept | None = None
        self._may_lose = self._is_refused = False
        self._awaiting_policy: list[Callable[[PolicyMoment], None]] = []
        self._fallbacks: dict[int, _Fallback] = {}
        self._finish_reason = FinishReason.COMPLETED
        self._rate = Rate()
        self._moments = Moments()
        self._wants_picture = self._wants_map = self._wants_networks = False
        self._learner = self._new_learner()
        self.notices.review_at(
            self.state_changed, self.settings_changed, self.run_changed, self.frame_changed
        )
        self.announcements.review_at(self.state_changed)
        self.preparation.changed.connect(self._follow_preparation)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """Environment steps of the present run."""
        frame = self._moments.newest.frame
        return frame.steps if frame is not None else self.history.steps

    @property
    def steps_per_second(self) -> float | None:
        """Environment steps a second, measured over the last second or so; None while paused."""
        return self._rate.per_second if self.state is RunState.RUNNING else None

    @property
    def is_at_full_speed(self) -> bool:
        """Whether the run goes on as fast as it can: more than can be followed."""
        return self._is_running and self.speed is None

    @property
    def has_failed(self) -> bool:
        """Whether the run asked for could not be had, or has ended because its environment failed."""
        return self._is_refused or (
            self.state is RunState.FINISHED and self._finish_reason is FinishReason.FAILED
        )

    @property
    def pending(self) -> dict[str, tuple[Value, Value]]:
        """{name: (learner's value, wanted value)} of changes the learner has not yet taken over."""
        return changed_fields(self._learner_hyperparameters, self.settings.hyperparameters)

    @property
    def selected_row(self) -> int | None:
        """Where in the minibatch shown the selected sample is, None if it is not in it."""
        if self.selected is None or self.minibatch is None:
            return None
        rows = np.flatnonzero(self.minibatch.samples.indices == self.selected)
        return int(rows[0]) if len(rows) else None

    @property
    def preset(self) -> Preset | None:
        """The preset that the present values are, if they are one."""
        return preset_of(self.settings.environment_id, self.settings.hyperparameters)

    @property
    def run_settings(self) -> RunSettings:
        """The settings with which the present run began."""
        return self.opened.settings

    @property
    def kept_run(self) -> str:
        """Id by which the run is kept, empty while nothing of it is."""
        begins_after = 0 if self.opened.parent is None else self.opened.parent.update
        if self.kept_until is not None and self.kept_until <= begins_after:
            return ""
        return self.opened.run if self.last_update or self.opened.parent else ""

    @property
    def kept_until(self) -> int | None:
        """Number of the last update that is kept, where none is kept any more; None where all are."""
        news = self._no_longer_kept
        return news.last_update if news is not None and news.number == self.opened.number else None

    @property
    def standing(self) -> Standing:
        """What is shown."""
        return Standing(self.settings, self.kept_run, None if self.is_at_end else self.shown_update)

    @property
    def shown_update(self) -> int:
        """Number of the last update of what is shown, 0 before the first."""
        return self.history.updates

    @property
    def is_within_update(self) -> bool:
        """Whether the run rests after its first step of an update, and before the update's end."""
        recent = self.history.recent
        return self.state is RunState.PAUSED and self.steps > (recent[-1].steps if recent else 0)

    @property
    def asked_update(self) -> int:
        """Number of the update that is shown, or soon will be."""
        asked = self._asked_update
        if asked is None or asked > self.last_update:  # of a run that is on its way, while another is shown
            return self.shown_update
        return asked

    @property
    def awaited_update(self) -> int | None:
        """Number of the update that is on its way while another one is shown; None where none is."""
        return self.asked_update if self._awaits_kept and self.asked_update != self.shown_update else None

    @property
    def later(self) -> History | None:
        """All that is known of the run, while an earlier moment of it is shown; else None."""
        return self.opened.whole if self.shown_update < self.opened.last_update else None

    @property
    def is_replaying(self) -> bool:
        """Whether the run does again what it has done."""
        return self._is_running and self.later is not None

    @property
    def last_update(self) -> int:
        """Number of the last update that is known of the run."""
        return max(self.opened.last_update, self.shown_update)

    @property
    def is_at_end(self) -> bool:
        """Whether the run learns on from what is shown; else a branch does, or the same happens again."""
        return self._is_beginning or (self.opened.is_ours and self.shown_update == self.last_update)

    @property
    def changes_here(self) -> dict[str, tuple[Value, Value]]:
        """{name: (value then, value set)} of what a branch from the moment shown would have otherwise.

        What only a new run takes over, no branch does.
        """
        if self.is_at_end:
            return {}
        changed = changed_fields(self._values_then, self.settings.hyperparameters)
        return {
            name: values
            for name, values in changed.items()
            if DECLARATIONS[name].applies is not Applies.NEXT_RUN
        }

    # ---- what one may ask ----------------------------------------------------------------------

    @Slot()
    def prepare(self) -> None:
        """Load the learner and show the first run, unless that has been done already."""
        if self._number == 0:
            self._begin(self._kept_at_first or self.settings, running=False, settings=self.settings)

    @Slot()
    def toggle_training(self) -> None:
        """Train, or pause."""
        if self.state is RunState.RUNNING:
            self.pause()
        else:
            self.train()

    @Slot()
    def train(self) -> None:
        """Train until paused; a completed or solved run goes on, one that went wrong begins anew."""
        self.prepare()
        if self._waits_for_moment(self.train):
            return
        self._when_paused = None
        self.notices.withdraw()
        if self._is_to_branch:
            self._branch(running=True)
            return
        if self.state is RunState.FINISHED:
            self._undo_the_end()
        elif self.state is RunState.LOADING:
            self._say_loading()
        self._learner.order(Worker.resume, self._number)

    @Slot()
    def pause(self) -> None:
        """Stop where the learner is; nothing is lost."""
        self._when_shown = None
        self._learner.order(Worker.pause, self._number)

    def when_at_rest(self, act: Callable[[], None]) -> None:
        """Do something with the moment at which the run rests, which pauses if it is going on."""
        if self._is_running:
            self.pause()
            self._when_paused = act
        elif not self._waits_for_moment(act):
            act()

    def make_way(self, for_what: str) -> None:
        """Pause for others that begin to learn; a run that was going on says so and offers to go on.

        Args:
            for_what: What begins, as in "a comparison".
        """
        self.pause()
        self._when_paused = partial(self._announce_pause, for_what)

    def step(self, kind: StepKind) -> None:
        """Go on until one step of `kind` is done, then pause; looking back, show the next moment."""
        if self.is_looking_back and kind is StepKind.ENVIRONMENT_STEP:
            self._look(self._moments.look_ahead)
            return
        self.prepare()
        if self._waits_for_moment(partial(self.step, kind)):
            return
        if self.state is RunState.FINISHED and not self._is_to_branch:
            self.notices.say(
                "This run has ended.",
                action=Action(
                    "Go on with it, and step" if self._can_be_extended else "Begin anew, and step",
                    partial(self._step_after_the_end, kind),
                ),
                holds=lambda: self.state is RunState.FINISHED,
            )
            return
        self._when_paused = None
        self.notices.withdraw()
        if self._is_to_branch:
            self._branch(running=False)
        self._learner.order(Worker.step, self._number, kind)

    @property
    def is_looking_back(self) -> bool:
        """Whether an earlier moment is shown than the one at which the run is."""
        return self._moments.is_looking_back

    @property
    def why_not_look_back(self) -> str:
        """Why no earlier moment can be looked at, empty if one can."""
        if self._moments.can_look_back:
            return ""
        if self.is_looking_back:
            return "This is the earliest step that was kept."
        return (
            "No earlier step was kept: they are while they are shown one by one, in slow motion or by Step."
        )

    @Slot()
    def look_back(self) -> None:
        """Show the moment before, if it was kept; a run that is going on pauses first."""
        self.when_at_rest(self._look_back)

    def _look_back(self) -> None:
        if not self.why_not_look_back:
            self._look(self._moments.look_back)

    def _look(self, turn: Callable[[], None]) -> None:
        """Turn to another moment and say which it is, unless it is the newest."""
        turn()
        self._show_looked_at()
        if not self.is_looking_back or self.frame is None:
            return
        moment = f"step {grouped(self.frame.steps)}"
        if isinstance(self.latest, MinibatchOptimized):
            moment += f", epoch {self.latest.epoch}, minibatch {self.latest.minibatch}"
        shown = self._moments.shown
        self.notices.say(
            f"Looking back, {moment}; → returns. Training goes on from step {grouped(self.steps)}.",
            holds=lambda: self._moments.shown is shown and self.is_looking_back,
        )

    @Slot()
    def reset(self) -> None:
        """Begin the run anew with the same seed and wait for Train."""
        if self._asks_about_loss("Reset", self.reset):
            return
        self._begin(self.settings, running=False, what="reset")

    @Slot()
    def new_seed(self) -> None:
        """Begin a run with another seed; training goes on if it was going on."""
        seed = random.choice([n for n in range(1, LARGEST_NEW_SEED) if n != self.settings.seed])
        self.choose_seed(seed)

    def choose_seed(self, seed: int) -> None:
        """Begin a run with `seed`; training goes on if it was going on."""
        if seed == self.settings.seed or self._asks_about_loss(
            "Another seed", partial(self.choose_seed, seed)
        ):
            return
        self._begin(replace(self.settings, seed=seed), running=self._is_running, what="new seed")

    def open_run(
        self, settings: RunSettings, baseline: History | None, name: str, *, can_be_undone: bool = True
    ) -> None:
        """Begin a run with settings from elsewhere and wait for Train.

        Args:
            settings: Of the run.
            baseline: The curves of another that are shown behind it, if any.
            name: What it is called where it comes from: "Trial 11 of my study".
            can_be_undone: Whether Undo shows what was shown before.
        """
        again = partial(self.open_run, settings, baseline, name, can_be_undone=can_be_undone)
        if self._asks_about_loss(name, again):
            return
        before, is_kept = self.standing, self.kept_until is None
        self._begin(settings, running=False, what="opened run" if can_be_undone else "")
        self.show_baseline(baseline)
        kept = "; the run before is kept" if before.run and is_kept else ""
        self._offer_to_bring_back(before, f"{name} is set in Train, ready to begin{kept}.")

    def choose_environment(self, environment_id: str) -> None:
        """Begin a run in another environment with that one's default preset."""
        if environment_id == self.settings.environment_id or self._asks_about_loss(
            "Another environment", partial(self.choose_environment, environment_id)
        ):
            return
        hyperparameters = presets_for(environment_id)[0].hyperparameters
        self.agent = 0
        self._learner.order(Worker.choose_agent, 0)
        self._begin(
            replace(self.settings, environment_id=environment_id, hyperparameters=hyperparameters),
            running=self._is_running,
            what="other environment",
        )

    def choose_algorithm(self, algorithm: Algorithm) -> None:
        """Begin a run of the other algorithm with the same seed and values."""
        if algorithm is self.settings.algorithm or self._asks_about_loss(
            "The other algorithm", partial(self.choose_algorithm, algorithm)
        ):
            return
        try:
            settings = replace(self.settings, algorithm=algorithm)
        except InvalidHyperparameter as error:
            self.refuse(str(error))
            return
        self._begin(settings, running=self._is_running, what="other algorithm")

    def open_kept(self, run: str, update: int | None = None) -> None:
        """Show a kept run at the end of an update, or where it was last, at rest."""
        if self._asks_about_loss("Another run", partial(self.open_kept, run, update)):
            return
        self._begin(Reopening(run, update), running=False, what="open a run")

    def show_update(self, update: int) -> None:
        """Show the run at the end of an update, at rest; of many asked for at once, the last that is."""
        if self._awaits_kept and not self._takes_long:
            self._next_shown = self._asked_update = update
            self._when_shown = None
        elif self.kept_until is not None and update == self.shown_update:
            self.notices.withdraw()  # the question whether to leave it
        elif self.kept_run and not self._asks_about_loss("Going back", partial(self.show_update, update)):
            update = update if self.kept_until is None else min(update, self.kept_until)
            self._begin(Reopening(self.kept_run, update), running=False)
            self._asked_update = update

    def continue_here(self) -> None:
        """Go on from what is shown with the values that are set: in a branch, where the run is further."""
        if self._waits_for_moment(self.continue_here):
            return
        if self.is_at_end:
            self.train()
        else:
            self._branch(running=True)

    def replay(self, from_update: int) -> None:
        """Let the run do again what it has done since an update, at the speed set, and pause at its end."""
        if self.kept_run and not self._asks_about_loss("Going back", partial(self.replay, from_update)):
            self._begin(Reopening(self.kept_run, from_update, pauses_at_end=True), running=True)
            self._asked_update = from_update

    @Slot()
    def undo(self) -> None:
        """Take back what was done last."""
        self._turn("Undo", self.undo_stack.undo, self.undo_stack.index() - 1)

    @Slot()
    def redo(self) -> None:
        """Do again what was taken back last."""
        self._turn("Redo", self.undo_stack.redo, self.undo_stack.index())

    def _turn(self, what: str, turn: Callable[[], None], place: int) -> None:
        """Undo or redo the command at a place of the stack."""
        is_of_runs = isinstance(self.undo_stack.command(place), RunCommand)
        if not is_of_runs or not self._asks_about_loss(what, turn):
            turn()

    def _asks_about_loss(self, what: str, go_on: Callable[[], object]) -> bool:
        """Ask whether a run may end that is not kept; return False of one that is.

        Args:
            what: What would end it.
            go_on: Does that.
        """
        until, number = self.kept_until, self.opened.number
        is_ours_to_keep = self.folder is None  # what plays in lessons is not
        if self._may_lose or not is_ours_to_keep or until is None or until >= self.last_update:
            return False
        kept = f"kept until update {grouped(until)} only" if self.kept_run else "not kept"
        since = " since" if self.kept_run else ""
        self.settings_changed.emit()  # what was chosen gives way to what holds
        self.update_shown.emit()
        self.notices.say(
            f"{what} ends this run, which is {kept}: what it has learnt{since} would be lost.",
            is_warning=True,
            action=Action("End the run", partial(self._end_all_the_same, go_on)),
            holds=lambda: self.opened.number == number,
        )
        return True

    def asks_before_closing(self, close: Callable[[], object]) -> bool:
        """Ask whether a run may end with the window that is not kept; return False where it may.

        Closing again, while the question stands, answers it.

        Args:
            close: Closes the window.
        """
        if self.notices.current.text and self.notices.current == self._question_at_closing:
            return False
        if not self._asks_about_loss("Closing the window", close):
            return False
        self._question_at_closing = self.notices.current
        return True

    def _end_all_the_same(self, go_on: Callable[[], object]) -> None:
        self._may_lose = True
        try:
            go_on()
        finally:
            self._may_lose = False

    @property
    def _is_to_branch(self) -> bool:
        """Whether the run cannot go on from what is shown as it has done, or is not ours."""
        return not self.is_at_end and bool(self.changes_here or not self.opened.is_ours)

    @property
    def _is_beginning(self) -> bool:
        """Whether a new run is on its way."""
        return self._number in self._fallbacks and not self._awaits_kept

    def _waits_for_moment(self, wish: Callable[[], None]) -> bool:
        """Leave a wish until the moment on its way is shown; return False where none is."""
        if self._awaits_kept:
            self._when_shown = wish
            if self.state is RunState.LOADING:
                self._say_loading()
        return self._awaits_kept

    def _say_loading(self) -> None:
        self.notices.say(STILL_LOADING, holds=lambda: self.state is RunState.LOADING)

    def _branch(self, *, running: bool, with_fast_engine: bool = False) -> None:
        before, update = self.standing, self.shown_update
        values = self._values_then.changed({name: new for name, (_, new) in self.changes_here.items()})
        branch = Reopening(self.kept_run, update, values, with_fast_engine=with_fast_engine)
        self._begin(branch, running=running, what="branch")
        left = f"This is a branch, from update {grouped(update)} on; the run that it left is kept."
        self._offer_to_bring_back(before, left)

    @property
    def can_use_fast_engine(self) -> bool:
        """Whether the run began with the PyTorch engine because the fast one was not there, and now it is."""
        is_under_way = self.state in (RunState.RUNNING, RunState.PAUSED)
        return (
            is_under_way and self._is_waiting_for_engine and self.preparation.state is PreparationState.DONE
        )

    @Slot()
    def use_fast_engine(self) -> None:
        """Let the fast engine go on with the run after this update: in a branch, where the run is further."""
        if not self.can_use_fast_engine or self._waits_for_moment(self.use_fast_engine):
            return
        if self.is_at_end:
            self._learner.order(Worker.use_fast_engine, self._number)
            rest = "" if self._is_running else ", once the run goes on"
            self.notices.say(
                f"The fast engine takes over after this update{rest}.",
                holds=lambda: self.can_use_fast_engine,
            )
        else:
            self._branch(running=self._is_running, with_fast_engine=True)

    def apply_preset(self, preset: Preset) -> None:
        """Set every hyperparameter to the preset's value; the run goes on."""
        self._change_to(preset.hyperparameters)

    def change(self, **values: Value) -> None:
        """Change hyperparameters; what cannot be is refused with a message and nothing changes."""
        try:
            wanted = self.settings.hyperparameters.changed(values)
            replace(self.settings, hyperparameters=wanted)
        except InvalidHyperparameter as error:
            self.refuse(str(error))
            return
        self._change_to(wanted)

    def set_speed(self, steps_per_second: float | None) -> None:
        """Let through so many steps or minibatches a second; None: as many as possible."""
        self.speed = steps_per_second
        self._learner.order(Worker.set_speed, steps_per_second)
        self.speed_changed.emit()

    def pause_when(self, breakpoint: Breakpoint | None) -> None:
        """Have the run, and those that come in its place, pause where a condition comes to hold."""
        self.breakpoint = breakpoint
        self._learner.order(Worker.pause_when, breakpoint)
        self.breakpoint_changed.emit()

    def choose_agent(self, agent: int) -> None:
        """Show another agent."""
        self.agent = agent
        self._learner.order(Worker.choose_agent, agent)

    def select_sample(self, index: int | None) -> None:
        """Look at the sample at position `index` of the rollout; None looks at none."""
        self.selected = index
        self.selected_frame = None
        row = self.selected_row
        if row is not None and not self._is_running:
            assert self.minibatch is not None
            self._learner.order(Worker.look_at, self._number, self.minibatch.samples, row)
        self.selection_changed.emit()

    def copy_policy(self, then: Callable[[PolicyMoment], None]) -> None:
        """Pass on what the run acts with now, as soon as that is here, unless another run begins before."""
        self.prepare()
        self._awaiting_policy.append(then)
        self._learner.order(Worker.copy_policy, self._number)

    def pin_baseline(self) -> None:
        """Keep the present curves behind those of later runs; pinned already, let them go."""
        self.show_baseline(copy.deepcopy(self.history) if self.baseline is None else None)

    def show_baseline(self, baseline: History | None) -> None:
        """Have the curves of another run behind those of this one and later ones; None for no others."""
        if baseline is not self.baseline:
            self.baseline = baseline
            self.baseline_changed.emit()

    def show_gymnasium_picture(self, wanted: bool) -> None:
        """Show Gymnasium's own picture of the environment instead of ours."""
        self._wants_picture = wanted
        self._learner.order(Worker.show_picture, wanted)

    def show_map(self, wanted: bool) -> None:
        """Follow what the policy has learnt everywhere, and the agent's path."""
        self._wants_map = wanted
        self._learner.order(Worker.show_map, wanted)

    def look_closely(self, wanted: bool) -> None:
        """Follow what the networks say of each minibatch before its gradient step."""
        if wanted != self._wants_networks:
            self._wants_networks = wanted
            self._learner.order(Worker.look_closely, wanted)

    def set_most_bytes(self, most_bytes: int) -> None:
        """Let all kept runs together take so much room, from the next run on."""
        self.most_bytes = most_bytes

    def refuse(self, reason: str) -> None:
        """Say why something that was typed or chosen cannot be, until something else is chosen."""
        settings = self.settings
        self.settings_changed.emit()  # what was typed gives way to what holds
        self.notices.say(reason, is_warning=True, holds=lambda: self.settings is settings)

    def do_aside(self, work: Callable[[], None]) -> None:
        """Have something that takes a moment done in the learner's thread, where it holds up no window."""
        self._learner.order(lambda _worker: work())

    def close(self) -> None:
        """End the run, the learner's thread and what is being prepared."""
        self.preparation.stop()
        self._learner.worker.supersede(self._next_number)
        self._learner.close()
        self.undo_stack.clear()  # commands hold the session: collected with it, they would crash

    # ---- what the learner says -----------------------------------------------------------------

    @Slot(object)
    def _receive(self, news: News) -> None:
        match news:
            case Report():
                self._receive_report(news)
            case RunOpened():
                self._receive_opened(news)
            case NoLongerKept():
                self._receive_end_of_keeping(news)
            case RunningChanged():
                self._receive_running(news.number, news.is_running)
            case BreakpointHit():
                self._announce_hit(news.number, news.message)
            case RunRefused():
                self._receive_refusal(news.number, news.message)
            case PolicyCopied():
                self._receive_policy(news.number, news.moment)
            case SampleSeen():
                self._receive_look(news.number, news.frame)
            case RoomMade():
                self._announce_room(news.n_runs)
            case Warned():
                self.notices.say(news.message, is_warning=True)

    def _receive_report(self, report: Report) -> None:
        try:
            if report.state_entropies is not None:
                self.state_entropies = report.state_entropies
            for event in report.events:
                self._fold(event)
            self._show_moment(report)
        finally:
            self._learner.order(Worker.acknowledge)

    def _receive_running(self, number: int, running: bool) -> None:
        if number != self._number:
            return
        self._rate.clear()
        was_running = self._is_running
        if running and self.is_looking_back:
            self._look(self._moments.return_to_newest)
        self._set_state(RunState.RUNNING if running else RunState.PAUSED)
        if was_running and not running and self._when_paused is not None:
            when_paused, self._when_paused = self._when_paused, None
            when_paused()
        if self._when_shown is not None and not self._awaits_kept:
            when_shown, self._when_shown = self._when_shown, None
            when_shown()
        if self.selected is not None:
            self.select_sample(self.selected)  # its frame gives way to the running environment, or comes back

    def _announce_hit(self, number: int, message: str) -> None:
        """Say where the run has paused by itself, as long as it rests there."""
        if number == self._number:
            self.notices.say(message, holds=lambda: self.state is RunState.PAUSED)

    def _receive_opened(self, opened: RunOpened) -> None:
        """Show a run, new or kept, at the moment at which it rests."""
        self._fallbacks.pop(opened.number, None)
        self._show_opened(opened)
        if opened.number == self._number:
            self._show_next_update()
            if opened.whole is not None:
                self._kept_at_first = None

    def _show_next_update(self) -> None:
        """Show the update that was asked for last, while another was on its way."""
        self._awaits_kept, update, self._next_shown = False, self._next_shown, None
        self.notices.review()
        if update is not None:
            wish = self._when_shown
            self.show_update(update)
            self._when_shown = wish
        else:
            self._asked_update = None
            self._order_values()

    def _receive_end_of_keeping(self, news: NoLongerKept) -> None:
        if news.number == self._number:
            self._no_longer_kept = news
            self.update_shown.emit()
            self.notices.say(f"The run goes on, but is no longer kept: {news.why}.", is_warning=True)

    def _receive_refusal(self, number: int, message: str) -> None:
        """Say that the run asked for could not be had; the one before goes on as it was."""
        fallback = self._fallbacks.pop(number)
        if fallback.command is not None:
            fallback.command.refuse()
            if self.undo_stack.command(self.undo_stack.index() - 1) is fallback.command:
                self.undo_stack.undo()  # which takes it away
        if number + 1 in self._fallbacks:  # by a later request, which now would fall back so far
            self._fallbacks[number + 1] = replace(fallback, command=self._fallbacks[number + 1].command)
            return
        self._is_refused = True
        was_another = self._awaits_kept or self.settings != fallback.settings
        self._number, self.settings = fallback.number, fallback.settings
        self._values_then = fallback.values_then
        self._when_shown = None
        for _ in self._awaiting_policy:  # of the run that could not be had
            self._learner.order(Worker.copy_policy, self._number)
        self.show_baseline(fallback.baseline)
        self.settings_changed.emit()
        self._show_next_update()
        if fallback.number == 0 and was_another:  # there is none before, and this one has not been tried
            self._begin(self.settings, running=False)
        settings = self.settings
        self.notices.say(message, is_warning=True, holds=lambda: self.settings is settings)
        self.update_shown.emit()

    def _receive_look(self, number: int, frame: Frame) -> None:
        if number == self._number and self.selected is not None and not self._is_running:
            self.selected_frame = frame
            self.selection_changed.emit()

    def _receive_policy(self, number: int, moment: PolicyMoment) -> None:
        if number == self._number and self._awaiting_policy:
            self._awaiting_policy.pop(0)(moment)

    def _fold(self, event: Event) -> None:
        self.history.add(event)
        match event:
            case HyperparametersChanged():
                self._show_change(event)
            case UpdateFinished():
                self._show_update(event)
            case EngineChanged():
                self._show_engine(event)
            case RunFinished():
                self._show_end(event)
            case _:
                pass

    def _show_opened(self, opened: RunOpened) -> None:
        self.opened, self.history = opened, opened.history
        self._take_values_of(opened)
        self.n_actions = opened.history.n_actions
        self.engine = opened.engine
        if opened.engine == PYTORCH and can_be_fast(opened.settings):
            self.preparation.start()
        self.frame = self.survey = self.latest = self.minibatch = self.state_entropies = None
        self._moments.clear()
        self.select_sample(None)
        if self.baseline is not None and not _is_of_same_environment(self.baseline, opened.settings):
            self.pin_baseline()  # its returns cannot be compared with those of another environment
        if opened.doubt:
            self.notices.say(opened.doubt, is_warning=True)
        elif not opened.is_ours:
            self.notices.say(
                "This run learns in another window: what goes on from here is a branch of it.",
                holds=lambda: not self.opened.is_ours,
            )
        if opened.whole is None:
            self._learner.order(Worker.make_room, self.most_bytes, self._offered_runs)
        self.run_changed.emit()
        self.settings_changed.emit()
        self.update_shown.emit()

    def _take_values_of(self, opened: RunOpened) -> None:
        """Set the values of a kept run's moment, but for those set for it, or since it was asked for."""
        in_force = opened.history.hyperparameters
        self._learner_hyperparameters = in_force or opened.settings.hyperparameters
        self._values_then = opened.wanted
        if opened.number != self._number:  # another is on its way, which may be refused
            self._let_fall_back_on(opened)
        elif self._awaits_kept:
            before = opened.wanted if self._values_before is None else self._values_before
            self._move_values(before, opened.wanted, opened.settings)

    def _move_values(self, before: Hyperparameters, then: Hyperparameters, settings: RunSettings) -> None:
        """Set the values of another moment, but for those that were set otherwise than `before`."""
        set_here = changed_fields(before, self.settings.hyperparameters)
        try:
            values = then.changed({name: new for name, (_, new) in set_here.items()})
            self.settings = replace(settings, hyperparameters=values)
        except InvalidHyperparameter:
            self.settings = replace(settings, hyperparameters=then)

    def _let_values_count(self) -> None:
        """Have the values that are set taken over by the run where it learns on, else by a branch of it.

        At rest before the end of what is known they wait for Train, and for a moment that is on its way.
        """
        self._order_values()
        if self._is_running and self.changes_here and not self._awaits_kept:
            QTimer.singleShot(
                0, self._branch_while_running
            )  # not within an undo, for it can be undone itself

    def _order_values(self) -> None:
        """Have the run take over the values that are set, where it learns on and does not have them yet."""
        wanted = self.settings.hyperparameters
        if self.is_at_end and not self._awaits_kept and wanted != self._values_then:
            self._values_then = wanted
            self._learner.order(Worker.change, self._number, wanted)

    def _let_fall_back_on(self, opened: RunOpened) -> None:
        """Have the settings of a kept run hold again if the one asked for after it is refused."""
        is_kept = opened.whole is not None or opened.parent is not None
        for number, fallback in self._fallbacks.items():
            if is_kept and fallback.number == opened.number:
                settings = replace(opened.settings, hyperparameters=opened.wanted)
                self._fallbacks[number] = replace(fallback, settings=settings, values_then=opened.wanted)

    def _show_update(self, event: UpdateFinished) -> None:
        self.state_entropies = event.state_entropies
        if self.shown_update == self.opened.last_update:  # nothing later is known any more
            self._order_values()
            self.update_shown.emit()

    @Slot()
    def _follow_preparation(self) -> None:
        """Let a run that has not begun be done by the fast engine as soon as it is there."""
        self._learner.order(Worker.give_way, self.preparation.state is PreparationState.GOING_ON)
        if self.preparation.state is not PreparationState.DONE or not self._is_waiting_for_engine:
            return
        if self.state is RunState.PAUSED and self.steps == 0:
            self._begin(self._kept_at_first or self.settings, running=False, settings=self.settings)
        elif not self.notices.current.text:
            self.notices.say(
                "The fast engine is ready: the next run uses it.",
                action=Action("Use it now", self.use_fast_engine),
                holds=lambda: self.can_use_fast_engine,
            )

    def _show_engine(self, event: EngineChanged) -> None:
        self.engine = event.engine
        self.engine_changed.emit()
        if event.engine != COMPILED:
            self.notices.say(
                "The fast engine cannot take over; the log file in the menu tells why.", is_warning=True
            )
        elif self.notices.current.action is None:  # else the run that this one has left can be brought back
            self.notices.say(f"The fast engine goes on with the run from step {grouped(event.steps)}.")

    def _show_change(self, event: HyperparametersChanged) -> None:
        values = {name: new for name, (_, new) in event.changes.items()}
        self._learner_hyperparameters = self._learner_hyperparameters.changed(values)
        if not self.is_at_end and not self._awaits_kept:  # it happens again
            before, self._values_then = self._values_then, self._values_then.changed(values)
            self._move_values(before, self._values_then, self.settings)
        self.settings_changed.emit()

    def _show_end(self, event: RunFinished) -> None:
        self._finish_reason = event.reason
        self._set_state(RunState.FINISHED)
        match event.reason:
            case FinishReason.COMPLETED:
                self._announce_end("All steps are done; Train adds as many again.")
            case FinishReason.SOLVED:
                self._announce_end("Solved. Press Train to go on all the same.")
            case _:
                self._announce_end(event.message, is_warning=True)

    def _announce_end(self, text: str, *, is_warning: bool = False) -> None:
        self.notices.say(
            text,
            is_warning=is_warning,
            holds=lambda: self.state is RunState.FINISHED,
            leaves_hint=not is_warning,
        )

    def _announce_room(self, n_runs: int) -> None:
        """Say, but only once, that old runs had to go."""
        if not self._has_said_what_went:
            self._has_said_what_went = True
            gone = "The oldest run was" if n_runs == 1 else f"The oldest {n_runs} runs were"
            self.announcements.say(
                f"{gone} removed: kept runs may take {self.most_bytes / 1e9:g} GB (see the menu). "
                "Runs with a star, a name or a note stay."
            )

    def _announce_pause(self, makes_way_for: str) -> None:
        """Say on every page that the run has made way, as long as it rests for that reason."""
        self.announcements.say(
            f"Training is paused, as {makes_way_for} began.",
            action=Action("Continue training", self.train),
            holds=lambda: self.state is RunState.PAUSED,
        )

    def _show_moment(self, report: Report) -> None:
        before = self._moments.newest
        moment = Moment(
            report.frame or before.frame, report.latest or before.latest, report.minibatch or before.minibatch
        )
        self._moments.add(moment, report.taken)
        self.survey = report.survey or self.survey
        self._rate.count(self.steps)
        self._show_looked_at()

    def _show_looked_at(self) -> None:
        """Show the newest moment, or the earlier one that is looked at."""
        moment = self._moments.shown
        self.frame, self.latest = moment.frame, moment.latest
        if moment.minibatch is not None and moment.minibatch is not self.minibatch:
            self._show_minibatch(moment.minibatch)
        self.frame_changed.emit()
        self.progress_changed.emit()

    def _show_minibatch(self, minibatch: MinibatchOptimized) -> None:
        """Take in another minibatch; a selected sample is followed as long as its rollout is in use."""
        before, self.minibatch = self.minibatch, minibatch
        if self.selected is not None:
            same = before is not None and before.samples.rollout is minibatch.samples.rollout
            self.select_sample(self.selected if same else None)
        self.minibatch_changed.emit()

    # ---- how it is done ------------------------------------------------------------------------

    @property
    def _is_waiting_for_engine(self) -> bool:
        """Whether the PyTorch engine does a run that the fast one could do."""
        return self.engine == PYTORCH and can_be_fast(self.run_settings)

    @property
    def _is_running(self) -> bool:
        return self.state is RunState.RUNNING

    def _begin(
        self,
        beginning: RunSettings | Reopening,
        *,
        running: bool,
        what: str = "",
        settings: RunSettings | None = None,
    ) -> None:
        """Ask for a run; should it be refused, everything is to be as it was.

        Args:
            beginning: What makes a new one, or a moment of a kept one.
            running: Whether it is to go on from there.
            what: What the user has done, if that can be undone: "new seed".
            settings: What was set where a kept run was left: at its end it has taken that over itself.
        """
        self._give_up_held_learner()
        self._is_refused = False
        standing, steps = self.standing, self.history.steps if self.later is None else self.later.steps
        command = self._command_to_undo(what, standing) if what and self._number else None
        if what:
            self._kept_at_first = None  # something else is wanted now
        number = self._next_number
        self._next_number += 1
        self._fallbacks[number] = _Fallback(
            self._number, self.settings, self._values_then, self.baseline, command
        )
        self._number = number
        self._next_shown = self._asked_update = self._when_shown = None
        self._awaits_kept, self._takes_long = isinstance(beginning, Reopening), False
        is_same = isinstance(beginning, Reopening) and beginning.run == standing.run and not self.is_at_end
        if not isinstance(beginning, Reopening):
            settings = beginning
            self._values_then = settings.hyperparameters
        elif settings is None:
            settings = self.settings
            self._values_before = self._values_then if is_same else settings.hyperparameters
        else:
            self._values_before = settings.hyperparameters if beginning.update is None else None
        if settings is not self.settings:
            self.settings = settings
            self.settings_changed.emit()
        if self._awaits_kept:
            self.progress_changed.emit()
        elif not running:
            self._set_state(RunState.LOADING)
        self._when_paused = None
        self._awaiting_policy.clear()
        self.notices.withdraw()
        self._rate.clear()
        self._learner.worker.supersede(number)
        self._learner.order(Worker.start, number, beginning, running)
        if self._awaits_kept:
            QTimer.singleShot(LONG_MILLISECONDS, self, partial(self._say_what_is_learnt_again, number))
        if command is not None and standing.run and not is_same:
            much = f", of {counted(steps, 'step')}, is kept"
            if self.kept_until is not None:
                much = f" is kept until update {grouped(self.kept_until)}"
            self._offer_to_bring_back(standing, f"The run before{much}.")

    def _say_what_is_learnt_again(self, number: int) -> None:
        """Say why a kept run takes so long to be shown, if it still does, and wait for it no more."""
        if self._awaits_kept and self._number == number:
            self._takes_long = True
            self.notices.say(
                "What came before that moment is learnt again; you can choose another meanwhile.",
                holds=lambda: self._awaits_kept and self._number == number,
            )

    def _command_to_undo(self, what: str, before: Standing) -> RunCommand:
        """Have it undone, and done again, by Undo and Redo."""
        command = RunCommand(what, before, lambda: self.standing, self._return_to)
        self.undo_stack.push(command)
        return command

    def _return_to(self, standing: Standing, what: str = "") -> None:
        """Show again what was shown, at rest."""
        if standing.run:
            kept = Reopening(standing.run, standing.update)
            self._begin(kept, running=False, what=what, settings=standing.settings)
        else:
            self._begin(standing.settings, running=False, what=what)

    @property
    def _offered_runs(self) -> set[str]:
        """Ids of the kept runs that are shown, or can be shown again by Undo, Redo or *Bring it back*."""
        commands = (self.undo_stack.command(place) for place in range(self.undo_stack.count()))
        offered = {run for command in commands if isinstance(command, RunCommand) for run in command.runs}
        shown, parent = self.kept_run, self.opened.parent
        return offered | {run for run in (shown, "" if parent is None else parent.run) if run}

    def _offer_to_bring_back(self, before: Standing, text: str) -> None:
        """Say what has come in the place of a run, and offer to show that again, if it is kept."""
        number = self._number
        action = Action("Bring it back", partial(self._bring_back, before))
        self.notices.say(text, action=action if before.run else None, holds=lambda: self._number == number)

    def _bring_back(self, before: Standing) -> None:
        if not self._asks_about_loss("Another run", partial(self._bring_back, before)):
            self._return_to(before, "bring back")

    def _change_to(self, wanted: Hyperparameters) -> None:
        before = self.settings.hyperparameters
        if wanted != before:
            self.undo_stack.push(ChangeCommand(before, wanted, self._adopt))

    def _adopt(self, hyperparameters: Hyperparameters) -> None:
        """Make `hyperparameters` the wanted ones.

        Do, undo and redo all end here. What an undo brings back may not fit an algorithm that has
        just been chosen.
        """
        before = self.settings.hyperparameters
        try:
            self.settings = replace(self.settings, hyperparameters=hyperparameters)
        except InvalidHyperparameter as error:
            self.refuse(str(error))
            return
        self.history.announce(before, hyperparameters)
        self._let_values_count()
        self.settings_changed.emit()

    @Slot()
    def _branch_while_running(self) -> None:
        if self._is_running and self.changes_here and not self._awaits_kept:
            self._branch(running=True)

    @property
    def _can_be_extended(self) -> bool:
        """Whether the run has ended because of a limit that can be lifted."""
        return self._finish_reason in (FinishReason.COMPLETED, FinishReason.SOLVED)

    def _undo_the_end(self) -> None:
        """Let a run that has ended take further steps, beginning anew where it went wrong."""
        if self._can_be_extended:
            if self._lift_limit():
                self._learner.order(Worker.extend, self._number)
        elif not self._asks_about_loss("A new run", self._undo_the_end):
            self._begin(self.settings, running=False, what="new beginning")

    def _step_after_the_end(self, kind: StepKind) -> None:
        self._undo_the_end()
        self._learner.order(Worker.step, self._number, kind)

    def _lift_limit(self) -> bool:
        """Take away what has ended the run, unless the user has done so already; return whether it is gone.

        A completed run may take as many steps again, one that is solved goes on all the same.
        """
        if self._finish_reason is FinishReason.SOLVED:
            self.change(stop_when_solved=False)
            return True
        total = self.settings.hyperparameters.total_steps
        if total is not None and total <= self.steps:
            self.change(total_steps=self.steps + total)
            total = self.settings.hyperparameters.total_steps
        return total is None or total > self.steps

    def _set_state(self, state: RunState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit()

    # ---- the learner's thread --------------------------------------------------------------------

    def _new_learner(self) -> WorkerThread[Worker]:
        learner = WorkerThread("learner", Worker(self.folder))
        learner.arrived.connect(self._receive)
        learner.silence_changed.connect(self._announce_silence)
        learner.start()
        return learner

    @property
    def _holding_environment(self) -> str:
        """The environment that does not let go of the learner's thread; empty if it answers.

        Our own environments let go, and while libraries are being loaded it is not an environment's fault.
        """
        if not self._learner.silent_seconds or not LOADING.acquire(blocking=False):
            return ""
        LOADING.release()
        asked_for = (self.settings.environment_id, self.run_settings.environment_id)
        return next((one for one in asked_for if one not in KNOWN_ENVIRONMENTS), "")

    @Slot()
    def _announce_silence(self) -> None:
        """Say which environment holds the learner; take that back when it has let go.

        Where another one has been asked for already, the one before is given up at once.
        """
        seconds, environment_id = self._learner.silent_seconds, self._holding_environment
        if not environment_id or seconds < SILENT_SECONDS:
            self.notices.review()
        elif environment_id != self.settings.environment_id:
            self._begin(self.settings, running=self._is_running)
        else:
            self.notices.say(
                f"{environment_id} has not answered for {seconds:.0f} s. Press Reset or choose another "
                "environment to give it up.",
                is_warning=True,
                holds=lambda: bool(self._learner.silent_seconds),
            )

    def _give_up_held_learner(self) -> None:
        """Leave a thread that an environment does not let go of to itself, and learn in a new one."""
        if not self._holding_environment:
            return
        self._learner.give_up()
        self._learner = self._new_learner()
        self._learner.order(Worker.set_speed, self.speed)
        self._learner.order(Worker.pause_when, self.breakpoint)
        self._learner.order(Worker.choose_agent, self.agent)
        self._learner.order(Worker.show_picture, self._wants_picture)
        self._learner.order(Worker.show_map, self._wants_map)
        self._learner.order(Worker.look_closely, self._wants_networks)
        self._learner.order(Worker.give_way, self.preparation.state is PreparationState.GOING_ON)
        self._fallbacks.clear()
        self._number = 0  # no run is there to fall back on


def _is_of_same_environment(history: History, settings: RunSettings) -> bool:
    return history.settings is None or history.settings.environment_id == settings.environment_id
