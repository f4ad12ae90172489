"""Train's bar in the header: what is trained, and the buttons that drive it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.views.algorithm_buttons import algorithm_buttons
from ppo_desktop.views.controls import (
    captioned,
    explained,
    named,
    push_button,
    refresh_at,
    with_role,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.theme import Theme

SPEEDS: tuple[float | None, ...] = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 250, 500, 1000, None)
"""Stops of the speed slider: steps of all agents together, or minibatches, a second; None: all it can."""


class TrainBar(WrappingBar):
    """Environment, algorithm, preset; Train, Step, Reset, New seed, speed.

    Where both groups do not fit side by side they stand in two rows; before that, the word Speed gives way,
    then choices are cut.
    """

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._form = DraftForm(self, session.settings_changed, session.speed_changed)
        self._build()
        refresh_at(self._show_state, session.state_changed)
        refresh_at(self._show_speed, session.speed_changed)

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
        caption, speed, speed_label = self._speed_controls()
        how = (
            self._train,
            push_button("Step", "step_button", "step", self.step),
            self._step_kind,
            push_button("Reset", "reset_button", "reset", self._session.reset),
            push_button("New seed", "new_seed_button", "new_seed", self._session.new_seed),
            *(caption, speed, speed_label),
        )
        for combo in (environments, presets, self._step_kind):
            combo.let_be_cut()
        self.set_groups((environments, algorithms, presets), how, gives_way=caption)

    # ---- its parts -----------------------------------------------------------------------------------

    def _speed_controls(self) -> tuple[QWidget, ...]:
        session, slider = self._session, ConceptSlider(self._theme, "", SPEEDS, written=_written_speed)
        named(slider, "speed_slider", "Speed", "speed").setFixedWidth(72)
        self._speed = self._form.add(slider, lambda: session.speed, session.set_speed)
        self._speed_label = with_role(explained(QLabel(), "speed"), "muted")
        label_width = self._speed_label.fontMetrics().horizontalAdvance("1 000/s ")
        self._speed_label.setMinimumWidth(label_width)
        self._speed_label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return *captioned("Speed", self._speed), self._speed_label

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

    def _show_speed(self) -> None:
        self._speed_label.setText(_written_speed(self._session.speed))


def _written_speed(speed: float | None) -> str:
    return "full" if speed is None else f"{grouped(speed) if speed >= 1 else speed}/s"
