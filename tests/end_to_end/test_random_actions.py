"""Thousands of random actions on all pages while it works: no exception, no warning, no leak."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QSlider
from pytestqt.qtbot import QtBot

from ppo_desktop.comparison.values import varying_fields
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.hyperparameters import TRAINING_FIELDS
from ppo_desktop.views.controls import Card
from ppo_desktop.views.theme import Appearance
from tests.end_to_end.conftest import User

ACTIONS = 4_000
ACTIONS_AT_ONCE = 4
"""Some fall between two looks of the window at what there is to paint."""
WARM_UP = 2_000
"""By then most of what is used has been used once, and is loaded."""
LARGEST_GROWTH_MB = 40


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
            (6, self._set_up_a_comparison),
            (5, self._drive_a_comparison),
            (6, self._set_up_a_study),
            (5, self._drive_a_study),
            (6, self._point_at_something),
            (3, self._show_a_page),
            (3, self._fill_a_page),
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
        names += ["continue_here_button", "replay_button", "before_the_fall_button"]
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

    # ---- on all pages ----------------------------------------------------------------------------

    def _show_a_page(self) -> None:
        self._window.show_page(self._random.choice(self._window.pages))

    def _fill_a_page(self) -> None:
        page = self._random.choice(self._window.pages)
        cards = [card for card in page.findChildren(Card) if card.isVisible()]
        page.card_focus.toggle(page.card_focus.card_around(self._random.choice(cards)) if cards else None)

    def _set_up_a_comparison(self) -> None:
        planning, choose = self._window.comparisons.planning, self._random.choice
        choose(
            [
                lambda: planning.choose_environment(choose(["CartPole-v1", "FrozenLake-v1", "Pendulum-v1"])),
                lambda: planning.choose_field(choose(varying_fields(planning.draft.environment_id))),
                lambda: planning.set_values(choose(["0.1, 0.2", "16, 32", "nonsense", "", "1e-3 0.5", "1"])),
                lambda: planning.set_seeds(self._random.randint(1, 3)),
                lambda: planning.set_total_steps(choose([600, 2_000])),
            ]
        )()

    def _drive_a_comparison(self) -> None:
        comparisons, choose = self._window.comparisons, self._random.choice
        shown = comparisons.comparison
        choose(
            [
                comparisons.toggle,
                comparisons.toggle,
                comparisons.stop,
                lambda: shown and comparisons.choose_reference(self._random.randrange(len(shown.variants))),
                lambda: shown and comparisons.choose_seed(self._random.randint(1, shown.n_seeds)),
                lambda: shown and comparisons.rename(choose(["A name", "", "Another & one"])),
            ]
        )()

    def _set_up_a_study(self) -> None:
        drafting, choose = self._window.tune.drafting, self._random.choice
        choose(
            [
                lambda: drafting.choose_environment(choose(["CartPole-v1", "FrozenLake-v1"])),
                lambda: drafting.tick(choose(TRAINING_FIELDS), choose([True, False])),
                lambda: drafting.choose_sampler(choose(["tpe", "random", "grid"])),
                lambda: drafting.set_total_steps(choose([2_000, 10_000])),
                lambda: drafting.set_seeds(self._random.randint(1, 2)),
                lambda: drafting.set_trials(choose([2, 5, None])),
            ]
        )()

    def _drive_a_study(self) -> None:
        tune = self._window.tune
        trials = [trial.number for trial in tune.trials if trial.values]
        self._random.choice(
            [
                tune.toggle,
                tune.toggle,
                tune.finish,
                tune.stop,
                tune.new,
                lambda: trials and tune.use_in_train(self._random.choice(trials)),
            ]
        )()

    def _point_at_something(self) -> None:
        """Point at a row, a variant or a trial, or at nothing."""
        number = self._random.choice([None, 0, 1, 2])
        comparison, tune = self._window.comparisons.comparison, self._window.tune
        if number is None or (comparison is not None and number < len(comparison.variants)):
            self._window.comparisons.highlight(number)
        if number is None or number in {trial.number for trial in tune.trials}:
            tune.highlight(number)


@pytest.mark.timeout(1_800)  # minutes by itself, a multiple beside others
@pytest.mark.slow
def test_thousands_of_random_actions_do_no_harm(user: User, qtbot: QtBot) -> None:
    monkey = Monkey(user, seed=1)
    before = 0.0
    for number in range(ACTIONS):
        monkey.act()
        if number % ACTIONS_AT_ONCE == 0:
            QApplication.processEvents()
        if number == WARM_UP:
            before = resident_megabytes()
    assert resident_megabytes() - before < LARGEST_GROWTH_MB
    user.window.comparisons.stop()
    user.window.tune.stop()
    user.window.show_page(user.window.train_page)
    user.window.page.card_focus.leave()
    user.session.choose_environment("CartPole-v1")
    user.session.set_speed(None)
    user.session.reset()
    user.wait_until(lambda: user.session.steps == 0 and user.session.run_settings == user.session.settings)
    user.session.train()
    user.wait_for_steps(200)
