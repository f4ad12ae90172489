"""Ten thousand random actions while it trains: no exception, no warning, no leak."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QSlider
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.views.theme import Appearance
from tests.end_to_end.conftest import User

ACTIONS = 10_000
ACTIONS_AT_ONCE = 4
"""Some fall between two looks of the window at what there is to paint."""
WARM_UP = 2_000
LARGEST_GROWTH_MB = 120


def resident_megabytes() -> float:
    """Return the memory this process really uses; only Linux says it without another library."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Monkey:
    """Does something random with the window each time it acts."""

    def __init__(self, user: User, seed: int) -> None:
        self._random = random.Random(seed)
        self._user = user
        self._window = user.window
        self._sliders = self._window.findChildren(QSlider)
        self._numbers = self._window.findChildren(QDoubleSpinBox)
        self._switches = self._window.findChildren(QCheckBox)
        self._actions: list[tuple[int, Callable[[], None]]] = [
            (40, self._move_a_slider),
            (12, self._enter_a_number),
            (4, self._toggle_a_switch),
            (14, self._press_a_button),
            (10, self._press_a_key),
            (2, self._choose_an_environment),
            (4, self._choose_in_a_combo),
            (3, self._resize),
            (1, self._change_appearance),
            (6, self._undo_or_redo),
            (4, self._watch_an_agent),
        ]

    def act(self) -> None:
        weights = [weight for weight, _ in self._actions]
        _, action = self._random.choices(self._actions, weights)[0]
        action()

    def _move_a_slider(self) -> None:
        slider = self._random.choice(self._sliders)
        if slider.isEnabled():
            slider.setValue(self._random.randint(slider.minimum(), slider.maximum()))

    def _enter_a_number(self) -> None:
        number = self._random.choice(self._numbers)
        text = self._random.choice(["0", "1", "0.5", "1e-3", "-3", "off", "nonsense", "", "7", "1e99", "nan"])
        number.lineEdit().setText(text)
        number.editingFinished.emit()
        number.interpretText()

    def _toggle_a_switch(self) -> None:
        self._random.choice(self._switches).toggle()

    def _press_a_button(self) -> None:
        names = ["train_button", "step_button", "reset_button", "new_seed_button", "algorithm_a2c"]
        names += [
            "algorithm_ppo",
            "picture_button",
            "map_button",
            "scene_button",
            "undo_button",
            "entropy_nats_button",
            "train_button",
        ]
        button = self._window.findChild(QAbstractButton, self._random.choice(names))
        if button is not None and button.isEnabled():
            button.click()

    def _press_a_key(self) -> None:
        keys = [Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_R, Qt.Key.Key_N, Qt.Key.Key_Plus]
        key = self._random.choice(keys)
        modifier = self._random.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
        self._user.qtbot.keyClick(self._window, key, modifier)

    def _choose_an_environment(self) -> None:
        self._user.session.choose_environment(self._random.choice([*KNOWN_ENVIRONMENTS, "Nonsense-v9"]))

    def _choose_in_a_combo(self) -> None:
        name = self._random.choice(["preset_combo", "step_kind", "activation_choice", "agent_combo"])
        combo = self._window.findChild(QComboBox, name)
        index = self._random.randrange(combo.count())
        combo.setCurrentIndex(index)
        combo.activated.emit(index)

    def _resize(self) -> None:
        self._window.resize(self._random.randint(1280, 1800), self._random.randint(720, 1100))

    def _change_appearance(self) -> None:
        self._window._theme.set_appearance(self._random.choice([Appearance.LIGHT, Appearance.DARK]))

    def _undo_or_redo(self) -> None:
        stack = self._user.session.undo_stack
        self._random.choice([stack.undo, stack.redo])()

    def _watch_an_agent(self) -> None:
        self._user.session.choose_agent(self._random.randrange(40))


@pytest.mark.timeout(600)  # it takes a minute by itself, a multiple beside others and with coverage
@pytest.mark.slow
def test_ten_thousand_random_actions_do_no_harm(user: User, qtbot: QtBot) -> None:
    monkey = Monkey(user, seed=1)
    before = 0.0
    for number in range(ACTIONS):
        monkey.act()
        if number % ACTIONS_AT_ONCE == 0:
            QApplication.processEvents()
        if number == WARM_UP:
            before = resident_megabytes()
    assert resident_megabytes() - before < LARGEST_GROWTH_MB
    user.session.choose_environment("CartPole-v1")
    user.session.set_speed(None)
    user.session.reset()
    user.wait_until(lambda: user.session.steps == 0 and user.session.run_settings == user.session.settings)
    user.session.train()
    user.wait_for_steps(200)
