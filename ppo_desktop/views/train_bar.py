"""Train's bar in the header: what is trained, and the buttons that drive it."""

from __future__ import annotations

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.views.algorithm_buttons import algorithm_buttons
from ppo_desktop.views.controls import (
    push_button,
    refresh_at,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.speed_controls import SpeedLabel, SpeedSlider
from ppo_desktop.views.theme import Theme

_ENVIRONMENT_CHARACTERS = 11
"""Of an environment's id that are always seen: all of CartPole-v1."""


class TrainBar(WrappingBar):
    """Environment, algorithm, preset; Train, Step, Reset, New seed, speed.

    Where both groups do not fit side by side they stand in two rows; before that, choices are cut.
    """

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._form = DraftForm(self, session.settings_changed)
        self._build()
        refresh_at(self._show_state, session.state_changed)

    def _build(self) -> None:
        session, add = self._session, self._form.add
        environments = EnvironmentCombo("environment_combo")
        add(environments, lambda: session.settings.environment_id, session.choose_environment)
        algorithms = algorithm_buttons("algorithm", "Train with")
        add(algorithms, lambda: session.settings.algorithm, session.choose_algorithm)
        presets = ChoiceCombo("preset_combo", "Preset", "preset")
        presets.setPlaceholderText("Own settings")
        add(presets, lambda: session.preset, session.apply_preset, self._presets)
        self._train = push_button("", "train_button", "train", self._session.toggle_training, role="start")
        kinds = {kind: f"1 {kind.label}" for kind in StepKind}
        self._step_kind = ChoiceCombo("step_kind", "Kind of step", "step_kind", kinds)
        self._speed = SpeedSlider(session, self._theme, "speed_slider")
        how = (
            self._train,
            push_button("Step", "step_button", "step", self.step),
            self._step_kind,
            push_button("Reset", "reset_button", "reset", self._session.reset),
            push_button("New seed", "new_seed_button", "new_seed", self._session.new_seed),
            self._speed,
            SpeedLabel(session),
        )
        environments.let_be_cut(_ENVIRONMENT_CHARACTERS)
        for combo in (presets, self._step_kind):
            combo.let_be_cut()
        self.set_groups((environments, algorithms, presets), how)

    # ---- what the user does --------------------------------------------------------------------------

    def step(self) -> None:
        """Do one step of the chosen kind."""
        self._session.step(self._step_kind.value)

    def change_speed(self, stops: int) -> None:
        """Go faster by so many stops of the slider, or slower if negative."""
        self._speed.setValue(self._speed.value() + stops)

    # ---- what the session says -----------------------------------------------------------------------

    def _presets(self) -> dict[Preset, Option]:
        presets = presets_for(self._session.settings.environment_id)
        return {preset: Option(preset.name, preset.note) for preset in presets}

    def _show_state(self) -> None:
        running = self._session.state is RunState.RUNNING
        self._train.setText("❚❚ Pause" if running else "▶ Train")
        self._train.setAccessibleName("Pause" if running else "Train")
