"""What goes wrong ends in one clear line, and the app stays usable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QSplitter, QWidget

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.library import MOST_BYTES
from ppo_desktop.user_files import settings_file, studies_folder
from ppo_desktop.views.theme import Appearance
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest


class Troublesome(gymnasium.Env[Any, Any]):
    """Plays well for a while, then raises or returns nan."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 30}
    observation_space = gymnasium.spaces.Box(-1, 1, (3,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, trouble: str = "", render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._trouble = trouble
        self._steps = 0

    def reset(self, **options: Any) -> tuple[Any, dict[str, Any]]:
        super().reset(**options)
        return np.zeros(3, dtype=np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._steps += 1
        if self._trouble == "raises" and self._steps == 300:
            raise RuntimeError("the pole broke\nwith a second line")
        reward = float("nan") if self._trouble == "nan" and self._steps == 300 else 1.0
        return np.zeros(3, dtype=np.float32), reward, False, self._steps % 20 == 0, {}

    def render(self) -> Any:
        if self._trouble == "unpaintable":
            raise RuntimeError("no paint left")
        return np.full((40, 60, 3), 200, dtype=np.uint8)


@pytest.fixture(autouse=True)
def troublesome_environments() -> Iterator[None]:
    names = ("raises", "nan", "unpaintable", "fine")
    for name in names:
        gymnasium.register(f"Trouble/{name}-v0", entry_point=Troublesome, kwargs={"trouble": name})
    yield
    for name in names:
        gymnasium.registry.pop(f"Trouble/{name}-v0")


def assert_still_usable(user: User) -> None:
    user.session.choose_environment("CartPole-v1")
    user.wait_until(lambda: user.session.run_settings.environment_id == "CartPole-v1")
    user.session.train()
    user.wait_for_steps(300)


def test_a_failing_environment_ends_the_run_with_a_line(user: User) -> None:
    for trouble, said in (("raises", "the pole broke"), ("nan", "returned nan as its reward")):
        user.session.choose_environment(f"Trouble/{trouble}-v0")
        user.session.train()
        user.wait_until(lambda: user.session.state is RunState.FINISHED)
        assert said in user.message()
        assert "\n" not in user.message()
        assert user.session.notices.current.is_warning
        assert_still_usable(user)


def test_an_environment_that_cannot_be_drawn_still_learns(user: User) -> None:
    user.session.choose_environment("Trouble/unpaintable-v0")
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= 1 and user.session.frame is not None)
    assert "no paint left" in user.session.frame.no_picture
    user.wait_until(lambda: user.session.frame.steps > 300)


def test_any_other_environment_is_shown_by_its_own_picture(user: User) -> None:
    user.session.choose_environment("Trouble/fine-v0")
    user.wait_until(lambda: user.session.frame is not None and user.session.frame.picture is not None)


def test_an_environment_that_cannot_be_used_is_refused_and_the_run_goes_on(user: User) -> None:
    user.session.set_speed(1000)  # else it may have come to its end meanwhile
    user.session.train()
    user.wait_for_steps(300)
    combo = user.find(QComboBox, "environment_combo")
    for environment_id, said in (
        ("Nonsense-v0", "Nonsense"),
        ("FrozenLake-v1?slippery=True", "no argument slippery"),
        ("a/b/c", "a/b/c"),
    ):
        combo.setCurrentIndex(combo.count() - 1)
        combo.textActivated.emit(combo.currentText())
        user.qtbot.keyClicks(combo.lineEdit(), environment_id)
        user.qtbot.keyClick(combo.lineEdit(), Qt.Key.Key_Return)
        user.wait_until(lambda said=said: said in user.message())
        assert user.session.settings.environment_id == "CartPole-v1"
        user.wait_until(lambda: combo.currentText() == "CartPole-v1")
        steps = user.session.steps
        user.wait_for_steps(steps + 300)


def test_after_a_refusal_every_value_is_the_one_the_learner_uses(user: User) -> None:
    user.session.set_speed(1000)  # else it may have come to its end meanwhile
    user.session.train()
    user.session.change(clip_range=0.1)
    user.wait_until(lambda: not user.session.pending)
    user.session.choose_environment("Nonsense-v0")
    user.session.change(clip_range=0.5)
    user.session.choose_environment("Nonsense-v1")
    user.session.pause()
    user.wait_until(lambda: "Nonsense-v1" in user.message())
    assert user.session.settings.environment_id == "CartPole-v1"
    assert user.session.settings.hyperparameters.clip_range == 0.1
    assert not user.session.pending
    user.wait_until(lambda: user.session.state is RunState.PAUSED)


def test_numbers_beyond_all_bounds_end_the_run_and_name_the_cause(user: User) -> None:
    user.session.change(learning_rate=0.1, max_grad_norm=None, value_coef=10.0, hidden_units=256)
    user.session.reset()
    user.session.step(StepKind.MINIBATCH)  # a rollout goes on with the policy it began with
    engine = run_at_rest(user.qtbot, user.session).engine
    engine.parameters.fill(float("inf"))
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    assert "Learning rate" in user.message()
    assert np.isfinite(engine.parameters).all()
    user.find(QLabel, "message_label")
    assert_still_usable(user)


def test_a_damaged_settings_file_is_set_aside_with_a_message(
    open_window: Callable[[], User], own_home: Path
) -> None:
    own_home.mkdir(parents=True, exist_ok=True)
    settings_file().write_bytes(b"\x00\xffnot json")
    user = open_window()
    assert "set aside" in user.find(QLabel, "message_label").text()
    assert list(settings_file().parent.glob("*damaged*"))


def test_what_cannot_be_kept_is_said_and_training_goes_on_all_the_same(
    open_window: Callable[[], User], own_home: Path
) -> None:
    own_home.mkdir(parents=True, exist_ok=True)
    studies_folder().write_text("a file where the folder should be")
    user = open_window()
    label = user.find(QLabel, "message_label")
    assert label.text().startswith("Nothing will be kept in"), "that has to fit into any window"
    assert str(studies_folder()) in label.toolTip() + label.text()
    user.wait_until_ready()
    assert_still_usable(user)


def test_nonsense_inside_a_sound_settings_file_is_ignored(open_window: Callable[[], User]) -> None:
    values = {"geometry": "zzz", "columns": "%%%", "appearance": "pink", "environment_id": "X", "preset": "Y"}
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(
        json.dumps({**values, "algorithm": "dqn", "most_gigabytes": "-1", "unknown": 1})
    )
    user = open_window()
    user.wait_until_ready()
    assert user.session.settings.environment_id == "CartPole-v1"
    assert user.session.most_bytes == MOST_BYTES, "less than nothing would be no run at all"


def test_what_was_chosen_is_remembered(open_window: Callable[[], User]) -> None:
    first = open_window()
    first.wait_until_ready()
    first.session.choose_environment("Pendulum-v1")
    first.window._theme.set_appearance(Appearance.DARK)
    first.window.close()
    remembered = json.loads(settings_file().read_text())
    assert QWidget().restoreGeometry(QByteArray.fromBase64(remembered["geometry"].encode()))
    assert QSplitter().restoreState(QByteArray.fromBase64(remembered["columns"].encode()))
    second = open_window()
    second.wait_until_ready()
    assert second.session.settings.environment_id == "Pendulum-v1"
    assert second.window._theme.appearance is Appearance.DARK
