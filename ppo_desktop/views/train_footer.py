"""The status bar: phase and progress, counters, speed, seed."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QPushButton

from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.rate import Rate
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.catalogue import is_compiled
from ppo_desktop.ppo.engines import COMPILED, ENGINE_LABELS, PYTORCH
from ppo_desktop.ppo.engines.choice import can_be_fast, compiled_for
from ppo_desktop.ppo.events import MinibatchOptimized, StepsTaken
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.settings import LARGEST_SEED
from ppo_desktop.views.controls import EXPLANATION_NOTE, explained, named, push_button
from ppo_desktop.views.number_boxes import NumberBox
from ppo_desktop.views.status_labels import StatusBar, preparation_text, roomy_label, set_text, status_label

_USUAL_SEED = "seed 123 456 7"
_WHAT_CHANGES = (
    "This run goes on with the fast engine after the present update, from where it is: with all it has "
    "learnt, its episodes and its random numbers. The curves have a mark there. As the engines agree but for "
    "rounding, it is from then on no longer bit for bit the run that its seed gives with one engine."
)
_WIDEST_PHASE = "paused · optimising epoch 40/40, minibatch 256/256"


class SeedNumber(NumberBox):
    """The seed as text: typed and confirmed with Enter, for every new value is a new run."""

    def __init__(self) -> None:
        super().__init__(0, LARGEST_SEED)
        self.setPrefix("seed ")
        self.lineEdit().returnPressed.connect(self.clearFocus)

    def sizeHint(self) -> QSize:
        """Wide enough for a seed of some digits."""
        width = self.fontMetrics().horizontalAdvance(_USUAL_SEED)
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def stepBy(self, steps: int) -> None:
        """Do nothing: arrow keys would begin one run after the other."""


class Footer(StatusBar):
    """Shows where the run is; `refresh` is called a few times a second."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._frames = Rate()
        self._n_frames = 0
        self._build()
        session.state_changed.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        session.run_changed.connect(self._show_engine)
        session.preparation.changed.connect(self._show_engine)
        session.engine_changed.connect(self._show_engine)
        session.state_changed.connect(self._show_engine)
        session.frame_changed.connect(self._show_look_back)
        session.settings_changed.connect(self._show_seed)
        self._show_seed()
        self._show_engine()
        self._show_look_back()
        self.refresh()

    def _build(self) -> None:
        self._phase = roomy_label("phase_label", "Phase", "update_loop", _WIDEST_PHASE, bold=True)
        self._progress = explained(QProgressBar(), "update_loop")
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(90)
        self._progress.setAccessibleName("Progress of this phase")
        self._look_back = push_button(
            "◂", "look_back_button", "look_back", accessible_name="Look back one step", role="flat"
        )
        self._look_back.clicked.connect(self._session.look_back)
        self._steps = roomy_label("steps_label", "Environment steps", "steps", "10 000 000 steps ")
        self._counts = roomy_label(
            "counts_label", "Updates and episodes", "counts", "100 000 updates · 100 000 episodes "
        )
        self._speed = roomy_label("rate_label", "Steps a second", "rate", "100 000 steps/s ")
        self._frame_rate = roomy_label("frame_rate_label", "Frames a second", "frame_rate", "30 frames/s ")
        self._engine = status_label("engine_label", "Engine", "engine")
        self._use_fast = named(QPushButton("Use fast engine"), "use_fast_engine", "Use fast engine", "engine")
        explained(self._use_fast, "engine", _WHAT_CHANGES)
        self._use_fast.setProperty("role", "flat")
        self._use_fast.clicked.connect(self._session.use_fast_engine)
        self._seed = named(SeedNumber(), "seed_number", "Seed", "seed")
        self._seed.valueChanged.connect(self._session.choose_seed)
        self.set_groups(
            (self._look_back, self._progress, self._phase, self._steps, self._counts, self._speed),
            (self._engine, self._use_fast, self._frame_rate, self._seed),
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def count_frame(self) -> None:
        """Note that a frame of the environment was shown."""
        self._n_frames += 1
        self._frames.count(self._n_frames)

    def refresh(self) -> None:
        """Show the session's present state."""
        session = self._session
        self._show_phase()
        set_text(self._steps, f"{grouped(session.steps)} steps")
        history = session.history
        set_text(
            self._counts, f"{counted(history.updates, 'update')} · {counted(history.episodes, 'episode')}"
        )
        rate = session.steps_per_second
        set_text(self._speed, "" if rate is None else f"{grouped(round(rate))} steps/s")
        frames = self._frames.per_second if session.state is RunState.RUNNING else None
        set_text(self._frame_rate, "" if frames is None else f"{frames:.0f} frames/s")
        for label in (self._speed, self._frame_rate):
            label.setVisible(bool(label.text()))

    def _show_phase(self) -> None:
        session, latest = self._session, self._session.latest
        if session.state is RunState.LOADING:
            self._show("Preparing the learner…", 0, 0)
        elif isinstance(latest, StepsTaken):
            text = f"collecting {latest.time}/{latest.rollout_length}"
            self._show(self._with_state(text), latest.time, latest.rollout_length)
        elif isinstance(latest, MinibatchOptimized):
            done = (latest.epoch - 1) * latest.n_minibatches + latest.minibatch
            text = f"optimising epoch {latest.epoch}/{latest.n_epochs}"
            if latest.n_minibatches > 1:
                text += f", minibatch {latest.minibatch}/{latest.n_minibatches}"
            self._show(self._with_state(text), done, latest.n_epochs * latest.n_minibatches)
        else:
            self._show("ready", 0, 1)

    def _with_state(self, text: str) -> str:
        match self._session.state:
            case RunState.PAUSED:
                return f"{'looking back' if self._session.is_looking_back else 'paused'} · {text}"
            case RunState.FINISHED:
                return "finished"
            case _:
                return text

    def _show(self, text: str, done: int, total: int) -> None:
        set_text(self._phase, text)
        self._progress.setRange(0, total)
        self._progress.setValue(done)

    def _show_engine(self) -> None:
        text, note = _engine_texts(self._session)
        set_text(self._engine, text)
        explained(self._engine, "engine", note)
        self._use_fast.setVisible(self._session.can_use_fast_engine)

    def _show_look_back(self) -> None:
        """Let one look back, or say why that cannot be."""
        why_not = self._session.why_not_look_back
        if why_not != self._look_back.property(EXPLANATION_NOTE):
            self._look_back.setEnabled(not why_not)
            explained(self._look_back, "look_back", why_not)

    def _show_seed(self) -> None:
        self._seed.show_value(self._session.settings.seed)


def _engine_texts(session: Session) -> tuple[str, str]:
    """Return which engine runs, and what it is compiled for or why it is not the fast one."""
    preparation, environment_id = session.preparation, session.run_settings.environment_id
    if session.engine != PYTORCH:
        what = f"It is compiled for {compiled_for()} processors." if session.engine == COMPILED else ""
        return ENGINE_LABELS.get(session.engine, ""), what
    if not can_be_fast(session.run_settings):
        unknown = "all that is set" if is_compiled(environment_id) else environment_id
        return ENGINE_LABELS[PYTORCH], f"The fast engine does not know {unknown}."
    match preparation.state:
        case PreparationState.GOING_ON:
            return preparation_text(preparation.share), "Until then the PyTorch engine serves."
        case PreparationState.DONE:
            return ENGINE_LABELS[PYTORCH], "The fast engine is ready: the next run uses it."
        case _:
            return ENGINE_LABELS[PYTORCH], f"The fast engine could not be prepared: {preparation.problem}"
