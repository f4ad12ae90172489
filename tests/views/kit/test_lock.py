"""Locked controls are hidden with their labels, whatever their owners show; unlocked, all is as they wish."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.controls import CONTROL
from ppo_desktop.views.kit.lock import ControlLock


class Controls(QWidget):
    """A slider with its caption, a button, and one more that is known by a name of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.slider, self.caption, self.button, self.row = (
            QSlider(),
            QLabel("Speed"),
            QPushButton(),
            QWidget(),
        )
        self.slider.setObjectName("speed_slider")
        self.button.setObjectName("reset_button")
        self.row.setObjectName("row")
        self.row.setProperty(CONTROL, "learning_rate")
        self.caption.setBuddy(self.slider)
        column = QVBoxLayout(self)
        for part in (self.caption, self.slider, self.button, self.row):
            column.addWidget(part)
        self.lock = ControlLock(self)


@pytest.fixture
def controls(qtbot: QtBot) -> Controls:
    controls = Controls()
    qtbot.addWidget(controls)
    controls.show()
    return controls


def test_what_is_named_is_hidden_with_its_label_and_not_disabled(controls: Controls) -> None:
    controls.lock.lock(["speed_slider", "learning_rate"])
    hidden = [controls.slider, controls.caption, controls.row]
    assert not any(widget.isVisible() for widget in hidden)
    assert all(widget.isEnabled() for widget in hidden)
    assert controls.button.isVisible()
    assert controls.lock.names == ("learning_rate", "speed_slider")
    controls.lock.lock(["reset_button"])
    assert all(widget.isVisible() for widget in hidden)
    assert not controls.button.isVisible()
    controls.lock.unlock()
    assert controls.button.isVisible()


@pytest.mark.parametrize("wishes", tuple(product((True, False), repeat=3)))
def test_what_owners_wish_meanwhile_holds_when_unlocked(controls: Controls, wishes: tuple[bool, ...]) -> None:
    before, *meanwhile = wishes
    controls.button.setVisible(before)
    controls.lock.lock(["reset_button"])
    for wish in meanwhile:
        controls.button.setVisible(wish)
        assert not controls.button.isVisible()
    controls.lock.unlock()
    assert controls.button.isVisible() is meanwhile[-1]


def test_what_is_made_later_is_hidden_when_that_is_asked_for(controls: Controls) -> None:
    controls.lock.lock(["late_button"])
    late = QPushButton(controls)
    late.setObjectName("late_button")
    late.show()
    controls.lock.apply()
    assert not late.isVisible()


def test_names_that_no_control_has_are_told(controls: Controls) -> None:
    assert controls.lock.unknown(["row", "learning_rate", "speed_slider", ""]) == ["row"]


def test_one_more_is_hidden_and_shown_again(controls: Controls) -> None:
    told: list[tuple[str, ...]] = []
    controls.lock.changed.connect(lambda: told.append(controls.lock.names))
    for name in ("reset_button", "speed_slider", "reset_button"):
        controls.lock.toggle(name)
    assert told == [("reset_button",), ("reset_button", "speed_slider"), ("speed_slider",)]
