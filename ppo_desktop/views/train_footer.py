"""The status bar: phase and progress, counters, speed, seed."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.catalogue import is_compiled
from ppo_desktop.ppo.engines import COMPILED, ENGINE_LABELS, PYTORCH
from ppo_desktop.ppo.engines.choice import can_be_fast, compiled_for
from ppo_desktop.ppo.events import MinibatchOptimized, StepsTaken
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.settings import LARGEST_SEED
from ppo_desktop.views.controls import EXPLANATION_NOTE, explained, named, push_button, refresh_at
from ppo_desktop.views.kit.fields import NumberBox
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel, preparation_text

_USUAL_SEED = "seed 123 456 7"
_WHAT_CHANGES = (
    "This run goes on with the fast engine after the present update, from where it is: with all it has "
    "learnt, its episodes and its random numbers. The curves have a mark there. As the engines agree but for "
    "rounding, it is from then on no longer bit for bit the run that its seed gives with one engine."
)
_WIDEST_PHASE = "paused · optimising epoch 40/40"


class SeedNumber(NumberBox):
    """The seed as text: typed and confirmed with Enter, for every new value is a new run."""

    def __init__(self) -> None:
        super().__init__(0, LARGEST_SEED)
        self.setPrefix("seed ")

    def sizeHint(self) -> QSize:
        """Wide enough for a seed of some digits."""
        width = self.fontMetrics().horizontalAdvance(_USUAL_SEED)
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def stepBy(self, steps: int) -> None:
        """Do nothing: arrow keys would begin one run after the other."""


class TrainFooter(Footer):
    """Shows where the run is; `refresh` is called a few times a second.

    Args:
        session: The run.
        pause_when: The button by which it is told where to pause.

    Attributes:
        details: What one can do without where there is little room.
    """

    def __init__(self, session: Session, pause_when: QWidget) -> None:
        self._session = session
        self._look_back = push_button("◂", "look_back_button", "look_back", session.look_back, role="flat")
        self._look_back.setAccessibleName("Look back one step")
        use_fast = session.use_fast_engine
        self._use_fast = push_button("Use fast engine", "use_fast_engine", "engine", use_fast, role="flat")
        explained(self._use_fast, "engine", _WHAT_CHANGES)
        self._seed = named(SeedNumber(), "seed_number", "Seed", "seed")
        self._seed.valueChanged.connect(session.choose_seed)
        rate = StatusLabel("rate_label", "Steps a second", "rate", self._rate, "100 000 steps/s ")
        engine = StatusLabel("engine_label", "Engine", "engine", self._engine, note=self._engine_note)
        episodes = StatusLabel("episodes_label", "Episodes", "episodes", self._episodes, "100 000 episodes ")
        self.details = (episodes, rate, engine)
        super().__init__(
            (
                self._look_back,
                ShareBar("phase_progress", "Progress of this phase", "update_loop", self._share, width=64),
                StatusLabel("phase_label", "Phase", "update_loop", self._phase, _WIDEST_PHASE, is_bold=True),
                StatusLabel("steps_label", "Environment steps", "steps", self._steps, "10 000 000 steps "),
                episodes,
                rate,
            ),
            (
                pause_when,
                engine,
                self._use_fast,
                self._seed,
            ),
            session.state_changed,
            session.run_changed,
            session.settings_changed,
            session.engine_changed,
            session.preparation.changed,
        )
        refresh_at(self._show_look_back, session.frame_changed)

    def refresh(self) -> None:
        """Show the session's present state."""
        super().refresh()
        self._use_fast.setVisible(self._session.can_use_fast_engine)
        self._seed.show_value(self._session.settings.seed)

    def _share(self) -> float | None:
        """Return how much of the phase is done."""
        match self._session.latest:
            case _ if self._session.state is RunState.LOADING:
                return None
            case _ if self._session.state is RunState.FINISHED and not self._session.is_replaying:
                return 1.0  # target KL may have ended the last update early
            case StepsTaken() as latest:
                return latest.time / latest.rollout_length
            case MinibatchOptimized() as latest:
                done = (latest.epoch - 1) * latest.n_minibatches + latest.minibatch
                return done / (latest.n_epochs * latest.n_minibatches)
            case _:
                return 0.0

    def _phase(self) -> str:
        session = self._session
        match session.latest:
            case _ if session.awaited_update is not None:
                return f"going to update {grouped(session.awaited_update)} …"
            case _ if session.state is RunState.LOADING:
                return "Preparing the learner…"
            case StepsTaken() as latest:
                text = f"collecting {latest.time}/{latest.rollout_length}"
            case MinibatchOptimized() as latest:
                text = f"epoch {latest.epoch}/{latest.n_epochs}"
                if latest.n_minibatches > 1:
                    text += f", minibatch {latest.minibatch}/{latest.n_minibatches}"
                else:
                    text = f"optimising {text}"
            case _ if session.shown_update == 0:
                return "ready"
            case _:
                text = f"after update {grouped(session.shown_update)}"
        if session.state is RunState.PAUSED:
            return f"{'looking back' if session.is_looking_back else 'paused'} · {text}"
        if session.is_replaying:
            return f"replaying · {text}"
        return "finished" if session.state is RunState.FINISHED else text

    def _steps(self) -> str:
        return f"{grouped(self._session.steps)} steps"

    def _episodes(self) -> str:
        return counted(self._session.history.episodes, "episode")

    def _rate(self) -> str:
        """Return how fast it learns, where no limit of the speed says that."""
        rate = self._session.steps_per_second if self._session.speed is None else None
        return "" if rate is None else f"{grouped(round(rate))} steps/s"

    def _engine(self) -> str:
        """Return which engine runs, or how far the fast one is prepared."""
        preparation, settings = self._session.preparation, self._session.run_settings
        is_awaited = self._session.engine == PYTORCH and preparation.state is PreparationState.GOING_ON
        if is_awaited and can_be_fast(settings):
            return preparation_text(preparation.share)
        return ENGINE_LABELS.get(self._session.engine, "")

    def _engine_note(self) -> str:
        """Return what the engine is compiled for, or why it is not the fast one."""
        session = self._session
        if session.engine != PYTORCH:
            return f"It is compiled for {compiled_for()} processors." if session.engine == COMPILED else ""
        if not can_be_fast(session.run_settings):
            environment_id = session.run_settings.environment_id
            unknown = "all that is set" if is_compiled(environment_id) else environment_id
            return f"The fast engine does not know {unknown}."
        match session.preparation.state:
            case PreparationState.GOING_ON:
                return "Until then the PyTorch engine serves."
            case PreparationState.DONE:
                return "The fast engine is ready: the next run uses it."
            case _:
                return f"The fast engine could not be prepared: {session.preparation.problem}"

    def _show_look_back(self) -> None:
        """Let one look back, or say why that cannot be."""
        why_not = self._session.why_not_look_back
        if why_not != self._look_back.property(EXPLANATION_NOTE):
            self._look_back.setEnabled(not why_not)
            explained(self._look_back, "look_back", why_not)
