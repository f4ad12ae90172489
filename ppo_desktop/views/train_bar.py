"""Train's bar in the header: what is trained, and the buttons that drive it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.views.algorithm_buttons import AlgorithmButtons
from ppo_desktop.views.controls import (
    captioned,
    explained,
    named,
    push_button,
    refresh_at,
    with_role,
    without_wheel,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.fitting_combo import FittingCombo, set_items
from ppo_desktop.views.hyperparameter_slider import ConceptSlider
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.theme import Theme

SPEEDS: tuple[float | None, ...] = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 250, 500, 1000, None)
"""Stops of the speed slider: steps of all agents together, or minibatches, a second; None: all it can."""


class TrainBar(WrappingBar):
    """Environment, algorithm, preset; Train, Step, Reset, New seed; speed.

    Where both groups do not fit side by side they stand in two rows; before that, the word Speed gives way.
    """

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._build()
        refresh_at(self._show_settings, session.settings_changed)
        refresh_at(self._show_state, session.state_changed)
        refresh_at(self._show_speed, session.speed_changed)

    def _build(self) -> None:
        self._environments = EnvironmentCombo("environment_combo")
        self._environments.environment_chosen.connect(self._session.choose_environment)
        self._algorithms = AlgorithmButtons("algorithm", "Train with")
        self._algorithms.algorithm_chosen.connect(self._session.choose_algorithm)
        self._presets = named(without_wheel(FittingCombo()), "preset_combo", "Preset", "preset")
        self._presets.setPlaceholderText("Own settings")
        self._presets.activated.connect(self._apply_preset)
        self._train = push_button("Train", "train_button", "train", self._session.toggle_training)
        self._step_kind = named(without_wheel(QComboBox()), "step_kind", "Kind of step", "step_kind")
        self._step_kind.addItems([f"1 {kind.label}" for kind in StepKind])
        caption, speed, speed_label = self._speed_controls()
        how = (
            self._train,
            push_button("Step", "step_button", "step", self.step),
            self._step_kind,
            push_button("Reset", "reset_button", "reset", self._session.reset),
            push_button("New seed", "new_seed_button", "new_seed", self._session.new_seed),
            *(caption, speed, speed_label),
        )
        self.set_groups((self._environments, self._algorithms, self._presets), how, gives_way=caption)

    # ---- its parts -----------------------------------------------------------------------------------

    def _speed_controls(self) -> tuple[QWidget, ...]:
        self._speed = ConceptSlider(self._theme, "accent", len(SPEEDS))
        named(self._speed, "speed_slider", "Speed", "speed")
        self._speed.setFixedWidth(84)
        self._speed.valueChanged.connect(self._choose_speed)
        self._speed_label = with_role(explained(QLabel(), "speed"), "muted")
        label_width = self._speed_label.fontMetrics().horizontalAdvance("1 000/s ")
        self._speed_label.setMinimumWidth(label_width)
        self._speed_label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return *captioned("Speed", self._speed), self._speed_label

    # ---- what the user does --------------------------------------------------------------------------

    def step(self) -> None:
        """Do one step of the chosen kind."""
        self._session.step(list(StepKind)[self._step_kind.currentIndex()])

    def change_speed(self, stops: int) -> None:
        """Go faster by so many stops of the slider, or slower if negative."""
        self._speed.setValue(self._speed.value() + stops)

    def _apply_preset(self, index: int) -> None:
        self._session.apply_preset(presets_for(self._session.settings.environment_id)[index])

    def _choose_speed(self, stop: int) -> None:
        self._session.set_speed(SPEEDS[stop])

    # ---- what the session says -----------------------------------------------------------------------

    def _show_settings(self) -> None:
        settings = self._session.settings
        self._environments.show_environment(settings.environment_id)
        self._algorithms.show_algorithm(settings.algorithm)
        presets = presets_for(settings.environment_id)
        set_items(self._presets, [preset.name for preset in presets])
        for index, preset in enumerate(presets):
            self._presets.setItemData(index, preset.note, Qt.ItemDataRole.ToolTipRole)
        present = self._session.preset
        self._presets.setCurrentIndex(-1 if present is None else presets.index(present))

    def _show_state(self) -> None:
        running = self._session.state is RunState.RUNNING
        self._train.setText("❚❚ Pause" if running else "▶ Train")
        self._train.setAccessibleName("Pause" if running else "Train")

    def _show_speed(self) -> None:
        speed = self._session.speed
        self._speed.show_stop(SPEEDS.index(speed))
        self._speed_label.setText("full" if speed is None else f"{grouped(speed) if speed >= 1 else speed}/s")
