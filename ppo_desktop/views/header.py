"""The top bar: what is trained, and the buttons that drive it."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.environments import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.hyperparameters import Algorithm
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.resource_files import resource_path
from ppo_desktop.views.hyperparameter_slider import ConceptSlider
from ppo_desktop.views.theme import Theme

SPEEDS: tuple[float | None, ...] = (2, 5, 10, 20, 30, 60, 120, 250, 500, 1000, 2000, 5000, None)
"""Stops of the speed slider, in environment steps (or minibatches) a second; None: all it can."""
OTHER_ENVIRONMENT = "Other id…"
_Widget = TypeVar("_Widget", bound=QWidget)


class Header(QFrame):
    """Environment, algorithm, preset; Train, Step, Reset, New seed; speed; menu."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("header")
        self._session = session
        self._theme = theme
        self._build()
        session.settings_changed.connect(self._show_settings)
        session.state_changed.connect(self._show_state)
        session.speed_changed.connect(self._show_speed)
        self._show_settings()
        self._show_state()
        self._show_speed()

    def _build(self) -> None:
        self._environments = self._environment_combo()
        self._presets = _named(QComboBox(), "preset_combo", "Preset", "Settings known to learn.")
        self._presets.setPlaceholderText("Own settings")
        self._presets.setMinimumContentsLength(13)
        self._presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._presets.view().setMinimumWidth(230)
        self._presets.activated.connect(self._apply_preset)
        self._train = _button("Train", "train_button", "Train or pause (Space)")
        self._train.clicked.connect(self._session.toggle_training)
        self._step = _button("Step", "step_button", "Go one step on (→ environment step, Shift+→ minibatch)")
        self._step.clicked.connect(self.step)
        self._step_kind = _named(QComboBox(), "step_kind", "Kind of step", "How far one Step goes.")
        self._step_kind.addItems([f"1 {kind.value}" for kind in StepKind])
        self._reset = _button("Reset", "reset_button", "Begin anew with the same seed (R)")
        self._reset.clicked.connect(self._session.reset)
        self._new_seed = _button("New seed", "new_seed_button", "Begin anew with another seed (N)")
        self._new_seed.clicked.connect(self._session.new_seed)
        self.menu_button = _menu_button()
        self._lay_out()

    def _lay_out(self) -> None:
        brand = QLabel()
        brand.setPixmap(QIcon(str(resource_path("icons/ppo-desktop.svg"))).pixmap(QSize(24, 24), 2.0))
        brand.setAccessibleName("PPO Desktop")
        self.train_tab = _segment("Train", "train_tab", "The Train page")
        self.train_tab.setChecked(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 10, 6)
        layout.setSpacing(6)
        _add_all(layout, brand, self.train_tab, self._environments)
        layout.addLayout(self._algorithm_buttons())
        layout.addWidget(self._presets)
        layout.addStretch(1)
        _add_all(layout, self._train, self._step, self._step_kind, self._reset, self._new_seed)
        _add_all(layout, *self._speed_controls(), self.menu_button)

    def _environment_combo(self) -> QComboBox:
        combo = _named(
            QComboBox(), "environment_combo", "Environment", "The environment; choosing one begins a new run."
        )
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        combo.addItems([*KNOWN_ENVIRONMENTS, OTHER_ENVIRONMENT])
        combo.textActivated.connect(self._choose_environment)
        combo.setMinimumContentsLength(14)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.view().setMinimumWidth(210)
        return combo

    def _algorithm_buttons(self) -> QHBoxLayout:
        self._algorithms = QButtonGroup(self)
        line = QHBoxLayout()
        line.setSpacing(0)
        for algorithm in Algorithm:
            button = _segment(
                algorithm.label, f"algorithm_{algorithm.value}", f"Train with {algorithm.label}"
            )
            button.setToolTip(f"{button.toolTip()}; begins a new run with the same seed.")
            self._algorithms.addButton(button, list(Algorithm).index(algorithm))
            line.addWidget(button)
        self._algorithms.idClicked.connect(self._choose_algorithm)
        return line

    def _speed_controls(self) -> tuple[QWidget, ...]:
        self._speed = ConceptSlider(self._theme, "accent", len(SPEEDS))
        _named(
            self._speed, "speed_slider", "Speed", "Steps a second, from slow motion to full speed (− and +)."
        )
        self._speed.setFixedWidth(84)
        self._speed.valueChanged.connect(self._choose_speed)
        self._speed_label = QLabel()
        self._speed_label.setProperty("role", "muted")
        label_width = self._speed_label.fontMetrics().horizontalAdvance("5 000/s ")
        self._speed_label.setMinimumWidth(label_width)
        self._speed_label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return self._speed, self._speed_label

    # ---- what the user does --------------------------------------------------------------------------

    def step(self) -> None:
        """Do one step of the chosen kind."""
        self._session.step(list(StepKind)[self._step_kind.currentIndex()])

    def change_speed(self, stops: int) -> None:
        """Go faster by so many stops of the slider, or slower if negative."""
        self._speed.setValue(self._speed.value() + stops)

    def _choose_environment(self, text: str) -> None:
        if text == OTHER_ENVIRONMENT:
            self._ask_for_environment()
            return
        self._environments.setEditable(False)
        self._session.choose_environment(text.strip())
        self._show_settings()

    def _ask_for_environment(self) -> None:
        """Let the id of any other environment be typed where the combo stands."""
        self._environments.setEditable(True)
        line = self._environments.lineEdit()
        assert line is not None
        line.clear()
        line.setPlaceholderText("id, then Enter")
        line.returnPressed.connect(self._environment_typed)
        line.setFocus()

    def _environment_typed(self) -> None:
        text = self._environments.currentText().strip()
        if text:
            self._choose_environment(text)

    def _choose_algorithm(self, index: int) -> None:
        self._session.choose_algorithm(list(Algorithm)[index])

    def _apply_preset(self, index: int) -> None:
        self._session.apply_preset(presets_for(self._session.settings.environment_id)[index])

    def _choose_speed(self, stop: int) -> None:
        self._session.set_speed(SPEEDS[stop])

    # ---- what the session says -----------------------------------------------------------------------

    def _show_settings(self) -> None:
        settings = self._session.settings
        self._show_environment(settings.environment_id)
        self._algorithms.button(list(Algorithm).index(settings.algorithm)).setChecked(True)
        presets = presets_for(settings.environment_id)
        names = [preset.name for preset in presets]
        if [self._presets.itemText(index) for index in range(self._presets.count())] != names:
            self._presets.clear()
            self._presets.addItems(names)
            for index, preset in enumerate(presets):
                self._presets.setItemData(index, preset.note, Qt.ItemDataRole.ToolTipRole)
        present = self._session.preset
        self._presets.setCurrentIndex(-1 if present is None else presets.index(present))

    def _show_environment(self, environment_id: str) -> None:
        line = self._environments.lineEdit()
        if line is not None and line.hasFocus():
            return  # an id is being typed
        self._environments.setEditable(False)
        index = self._environments.findText(environment_id)
        if index < 0:
            index = self._environments.count() - 1
            self._environments.insertItem(index, environment_id)
        self._environments.setCurrentIndex(index)

    def _show_state(self) -> None:
        running = self._session.state is RunState.RUNNING
        self._train.setText("❚❚ Pause" if running else "▶ Train")
        self._train.setAccessibleName("Pause" if running else "Train")

    def _show_speed(self) -> None:
        speed = self._session.speed
        self._speed.show_stop(SPEEDS.index(speed))
        self._speed_label.setText("full" if speed is None else f"{speed:,.0f}/s".replace(",", " "))


def _named(widget: _Widget, object_name: str, accessible_name: str, tooltip: str) -> _Widget:
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible_name)
    widget.setToolTip(tooltip)
    return widget


def _add_all(layout: QHBoxLayout, *widgets: QWidget) -> None:
    for widget in widgets:
        layout.addWidget(widget)


def _button(text: str, object_name: str, tooltip: str) -> QPushButton:
    button = _named(QPushButton(text), object_name, text, tooltip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _segment(text: str, object_name: str, tooltip: str) -> QPushButton:
    button = _button(text, object_name, tooltip)
    button.setCheckable(True)
    button.setAutoExclusive(False)
    button.setProperty("role", "segment")
    return button


def _menu_button() -> QToolButton:
    button = _named(QToolButton(), "menu_button", "Menu", "Appearance, projector mode, log file")
    button.setText("☰")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def click_if_focused(widget: QWidget | None) -> bool:
    """Press `widget` if it is a button reached with the keyboard; return whether it was."""
    if isinstance(widget, QAbstractButton):
        widget.click()
        return True
    return False
