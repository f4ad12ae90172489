"""Where a run is to pause by itself is set on Train, shown while it is, and taken away by one click."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.runs.breakpoints import CLIPPED_SAMPLES, WATCHED, Breakpoint, Relation
from ppo_desktop.views.breakpoint_strip import BreakpointStrip
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from tests.end_to_end.conftest import User


def button(user: User) -> QPushButton:
    return user.find(QPushButton, "breakpoint_button")


def form(user: User) -> BreakpointStrip:
    return user.window.train_page.findChildren(BreakpointStrip)[0]


def choose(user: User, name: str, value: object) -> None:
    combo = user.find(ChoiceCombo, name)
    combo.setCurrentIndex(combo.values.index(value))
    combo.activated.emit(combo.currentIndex())


def type_value(user: User, text: str) -> None:
    field = user.find(QLineEdit, "breakpoint_value")
    field.clear()
    user.qtbot.keyClicks(field, text)
    user.qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_condition_is_typed_in_the_unit_shown_pauses_the_run_and_goes_with_a_click(user: User) -> None:
    assert not form(user).isVisible()
    button(user).click()
    assert form(user).isVisible()
    choose(user, "breakpoint_quantity", "policy_entropy")
    choose(user, "breakpoint_relation", Relation.BELOW)
    type_value(user, "0,97")
    assert user.session.breakpoint is not None
    assert user.session.breakpoint.value == pytest.approx(0.97 * math.log(2))
    assert not form(user).isVisible()
    assert "0.970 bits" in button(user).text()
    user.session.train()
    user.wait_until(lambda: user.session.steps > 0 and user.session.state is RunState.PAUSED)
    user.wait_until_at_rest()
    assert user.session.history.recent[-1].policy_entropy < 0.97 * math.log(2)
    assert all(
        update.policy_entropy >= 0.97 * math.log(2) for update in list(user.session.history.recent)[:-1]
    )
    assert "0.970 bits" in user.message()
    button(user).click()
    assert user.session.breakpoint is None
    assert not form(user).isVisible()


def test_shares_are_typed_in_percent_and_nonsense_is_refused_in_one_line(user: User) -> None:
    button(user).click()
    choose(user, "breakpoint_quantity", "clip_fraction")
    for text in ("", "many", "1,500"):
        type_value(user, text)
        assert user.session.breakpoint is None
        assert user.message()
        assert form(user).isVisible()
    type_value(user, "12.5 %")
    assert user.session.breakpoint == Breakpoint("clip_fraction", Relation.ABOVE, 0.125)


def test_every_number_of_updates_and_episodes_is_offered_and_escape_hides_the_form(user: User) -> None:
    button(user).click()
    combo = user.find(ChoiceCombo, "breakpoint_quantity")
    assert [name for name in combo.values if isinstance(name, str)] == list(WATCHED)
    user.qtbot.keyClick(combo, Qt.Key.Key_Escape)
    assert not form(user).isVisible()
    assert user.session.breakpoint is None


def test_a2c_which_does_not_clip_has_no_first_clipped_sample(user: User) -> None:
    combo = user.find(ChoiceCombo, "breakpoint_quantity")
    place = combo.values.index(CLIPPED_SAMPLES)
    flags = [combo.model().index(place, 0).flags() & Qt.ItemFlag.ItemIsEnabled]
    user.session.choose_algorithm(Algorithm.A2C)
    flags.append(combo.model().index(place, 0).flags() & Qt.ItemFlag.ItemIsEnabled)
    assert [bool(flag) for flag in flags] == [True, False]
    user.wait_until_ready()
