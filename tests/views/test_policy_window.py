"""The window of a policy from a file shows what plays, as a scene or on a map, and asks how good it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.policy_session import PolicySession
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.views.environment_combo import OTHER_ENVIRONMENT, EnvironmentCombo
from ppo_desktop.views.policy_window import PolicyWindow
from ppo_desktop.views.theme import Theme
from tests.policies_in_files import saved_by_stable_baselines3


class Shown:
    """A window, what it shows, and what was asked to be judged."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.qtbot = qtbot
        self.policy = PolicySession()
        self.judged: list[PolicyMoment] = []
        self.parent = QWidget()
        self.window = PolicyWindow(self.parent, self.policy, theme, self.judged.append, lambda: None)
        qtbot.addWidget(self.parent)

    def open(self, place: Path) -> None:
        self.window.show()
        self.policy.open(place)
        self.qtbot.waitUntil(lambda: bool(self.policy.playing.watched and self.policy.playing.watched.frame))

    def button(self, name: str) -> QAbstractButton:
        found = self.window.findChild(QAbstractButton, name)
        assert isinstance(found, QAbstractButton)
        return found

    def part(self, name: str) -> QWidget:
        found = self.window.findChild(QWidget, name)
        assert isinstance(found, QWidget)
        return found


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme) -> Iterator[Shown]:
    shown = Shown(qtbot, theme)
    yield shown
    shown.window.close()
    shown.policy.close()


def test_a_policy_is_seen_on_a_map_where_there_is_one(shown: Shown, tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "cart.zip")
    shown.open(tmp_path / "cart.zip")
    shown.button("policy_map_button").click()
    assert shown.part("policy_file_map").isVisible()
    shown.qtbot.waitUntil(lambda: "preferred action" in shown.part("policy_file_map").accessibleDescription())
    saved_by_stable_baselines3(tmp_path / "acrobot.zip", "Acrobot-v1")
    shown.open(tmp_path / "acrobot.zip")
    assert shown.part("policy_file_scene").isVisible()
    assert not shown.button("policy_map_button").isEnabled()


def test_environments_are_offered_that_fit_and_any_other(shown: Shown, tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "cart.zip")
    shown.open(tmp_path / "cart.zip")
    combo = shown.part("policy_environment_combo")
    assert isinstance(combo, EnvironmentCombo)
    assert [combo.itemText(place) for place in range(combo.count())] == ["CartPole-v1", OTHER_ENVIRONMENT]
    assert combo.currentText() == "CartPole-v1"


def test_how_good_it_is_is_asked_of_what_plays(shown: Shown, tmp_path: Path) -> None:
    assert not shown.button("policy_judge_button").isEnabled()
    saved_by_stable_baselines3(tmp_path / "cart.zip")
    shown.open(tmp_path / "cart.zip")
    shown.button("policy_judge_button").click()
    (moment,) = shown.judged
    assert (moment.file, moment.settings.environment_id) == ("cart.zip", "CartPole-v1")


def test_nothing_plays_once_the_window_is_closed(shown: Shown, tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "cart.zip")
    shown.open(tmp_path / "cart.zip")
    shown.window.close()
    frames: list[object] = []
    shown.policy.playing.frames_changed.connect(lambda: frames.append(None))
    shown.qtbot.wait(300)
    assert len(frames) <= 1  # one may have been on its way
