"""A person looks at the map of what the policy has learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from ppo_desktop.bridge import worker
from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.plane_visits import PlaneVisits, visits_on
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.views import rollout_maps
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.policy_map_view import PolicyMapView
from ppo_desktop.views.policy_view import PolicyView
from ppo_desktop.views.rollout_maps import CriticErrorMap
from ppo_desktop.views.update.picture_chart import PictureChart
from tests.end_to_end.conftest import User
from tests.other_threads import in_thread, run_at_rest
from tests.widgets import lay_out

WITH_A_MAP = ["MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "GridWorld-v0", "CartPole-v1"]


@pytest.fixture
def surveys(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps at which surveys were made."""
    made: list[int] = []
    survey = Trainer.survey

    def counted(trainer: Trainer) -> object:
        made.append(trainer.steps)
        return survey(trainer)

    monkeypatch.setattr(Trainer, "survey", counted)
    return made


def click(user: User, name: str) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, name), Qt.MouseButton.LeftButton)


def test_the_map_is_shown_and_the_scene_again(user: User) -> None:
    scene, policy_map = (
        user.find(EnvironmentView, "environment_view"),
        user.find(PolicyMapView, "policy_map_view"),
    )
    assert scene.isVisible()
    click(user, "map_button")
    assert policy_map.isVisible()
    assert not user.find(QPushButton, "picture_button").isVisible()
    user.wait_until(lambda: user.session.survey is not None)
    click(user, "scene_button")
    assert scene.isVisible()
    assert user.find(QPushButton, "picture_button").isVisible()


def test_only_a_map_that_is_seen_is_computed(user: User, surveys: list[int]) -> None:
    user.session.train()
    user.wait_for_steps(2_000)
    assert surveys == []
    assert user.session.frame is not None
    assert user.session.frame.path == ()
    click(user, "map_button")
    user.wait_until(lambda: len(surveys) >= 3)
    click(user, "scene_button")
    count = in_thread(user.qtbot, user.session._learner, lambda: len(surveys))
    steps = user.session.steps
    user.wait_for_steps(steps + 2_000)
    assert len(surveys) == count
    assert user.session.frame.path == ()


def choose_map(user: User, name: str) -> PictureChart:
    """Choose a map of the rollout, by keyboard, as it is listed."""
    combo = user.find(FlatCombo, "map_combo")
    place = [getattr(value, "id", value) for value in combo.values].index(name)
    combo.setFocus()
    while combo.currentIndex() != place:
        user.qtbot.keyClick(combo, Qt.Key.Key_Up if combo.currentIndex() > place else Qt.Key.Key_Down)
    return user.find(PictureChart, "rollout_map")


def test_maps_of_the_rollout_ask_nothing_of_the_learner_and_are_made_only_where_they_are_seen(
    user: User, surveys: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def count(*given: Any) -> PlaneVisits:
        counted.append(user.session.steps)
        return visits_on(*given)

    monkeypatch.setattr(rollout_maps, "visits_on", count)
    user.session.train()
    user.wait_for_steps(1_000)
    assert counted == []
    click(user, "map_button")
    shown = choose_map(user, "visits_map")
    user.wait_until(lambda: len(counted) >= 2)
    made = in_thread(user.qtbot, user.session._learner, lambda: len(surveys))
    choose_map(user, "critic_error_map")
    user.wait_for_steps(user.session.steps + 2_000)
    assert len(surveys) == made
    assert user.session.frame is not None
    assert user.session.frame.path == ()
    assert shown.figure is not None
    click(user, "scene_button")
    assert not user.find(FlatCombo, "map_combo").isVisible()
    count_so_far = len(counted)
    user.wait_for_steps(user.session.steps + 2_000)
    assert len(counted) == count_so_far


def test_a_map_of_the_rollout_is_of_the_samples_that_are_shown(user: User) -> None:
    click(user, "map_button")
    shown = choose_map(user, "critic_error_map")
    assert shown.figure is None, "nothing is known yet"
    user.session.step(StepKind.MINIBATCH)
    user.wait_until_at_rest()
    minibatch, plane = user.session.minibatch, plane_for("CartPole-v1")
    assert minibatch is not None
    assert plane is not None
    assert isinstance(shown.figure, CriticErrorMap)
    expected = visits_on(plane, minibatch.trace.evaluated)
    np.testing.assert_array_equal(shown.figure.visits.errors, expected.errors)
    user.session.choose_environment("Acrobot-v1")
    user.wait_until_ready()
    assert not shown.isVisible()
    assert not user.find(FlatCombo, "map_combo").isVisible()


def test_a_map_of_the_rollout_has_the_room_of_what_is_said_of_one_state_and_no_column_moves(
    user: User,
) -> None:
    columns = user.window.train_page.columns
    policy, chart = user.find(PolicyView, "policy_view"), user.find(PictureChart, "rollout_map")
    user.window.resize(1280, 800)
    click(user, "map_button")
    lay_out()
    before = [column.sizes() for column in columns]
    plain = user.find(PolicyMapView, "policy_map_view").height()
    choose_map(user, "visits_map")
    lay_out()
    assert not policy.isVisible()
    assert chart.height() > plain
    assert [column.sizes() for column in columns] == before
    choose_map(user, "policy")
    assert policy.isVisible()


def test_while_it_trains_surveys_are_few(
    user: User, surveys: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SURVEY_SECONDS", 3600.0)
    user.session.train()
    user.wait_for_steps(100)
    click(user, "map_button")
    user.wait_until(lambda: len(surveys) >= 1)
    user.wait_for_steps(user.session.steps + 2_000)
    assert len(surveys) == 1


def test_when_it_pauses_the_map_is_of_that_moment(user: User) -> None:
    click(user, "map_button")
    user.session.train()
    user.wait_for_steps(3_000)
    user.session.pause()
    user.wait_until_at_rest()
    expected, shown = run_at_rest(user.qtbot, user.session).survey(), user.session.survey
    assert shown is not None
    np.testing.assert_array_equal(shown.policy, expected.policy)
    np.testing.assert_array_equal(shown.values, expected.values)
    frame = user.session.frame
    assert frame is not None
    np.testing.assert_array_equal(frame.path[-1][-1], frame.observation)


def test_a_run_watched_on_the_map_is_the_run_without_it_bit_for_bit(user: User) -> None:
    user.session.change(total_steps=6_000)
    click(user, "map_button")
    user.session.reset()
    settings = user.session.settings
    user.wait_until(lambda: user.session.state is RunState.PAUSED and user.session.survey is not None)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    headless = Trainer(settings, make_engine(settings))
    for _ in headless.events():
        pass
    watched = run_at_rest(user.qtbot, user.session)
    assert watched.parameters_sha256() == headless.parameters_sha256()


def test_every_environment_with_a_plane_is_mapped(user: User) -> None:
    click(user, "map_button")
    view = user.find(PolicyMapView, "policy_map_view")
    for environment_id in WITH_A_MAP:
        user.session.choose_environment(environment_id)
        user.session.change(rollout_length=16, n_minibatches=1)
        user.session.train()
        user.wait_until(lambda chosen=environment_id: user.session.run_settings.environment_id == chosen)
        user.wait_until(lambda: user.session.survey is not None and user.session.history.updates >= 2)
        assert view.isVisible()
        plane = plane_for(environment_id)
        assert plane is not None
        user.wait_until(lambda plane=plane: plane.x.title in view.accessibleDescription())
        assert "V(s)" in view.accessibleDescription()


def test_where_there_is_no_map_the_scene_is_shown_and_the_choice_is_remembered(user: User) -> None:
    button = user.find(QPushButton, "map_button")
    click(user, "map_button")
    user.session.choose_environment("Acrobot-v1")
    user.wait_until(lambda: not button.isEnabled())
    assert user.find(EnvironmentView, "environment_view").isVisible()
    assert user.find(QPushButton, "scene_button").isChecked()
    assert "no map" in button.toolTip()
    user.session.choose_environment("Pendulum-v1")
    user.wait_until(button.isEnabled)
    assert user.find(PolicyMapView, "policy_map_view").isVisible()
    assert button.isChecked()


def test_another_agent_can_be_watched_on_the_map_while_paused(user: User) -> None:
    click(user, "map_button")
    user.session.train()
    user.wait_for_steps(1_000)
    user.session.pause()
    user.wait_until_at_rest()
    combo = user.find(QComboBox, "agent_combo")
    combo.setCurrentIndex(4)
    combo.activated.emit(4)
    user.wait_until(lambda: user.session.frame is not None and user.session.frame.agent == 4)
    assert user.session.frame is not None
    np.testing.assert_array_equal(user.session.frame.path[-1][-1], user.session.frame.observation)


def test_the_map_can_be_chosen_with_the_keyboard(user: User) -> None:
    scene, button = user.find(QPushButton, "scene_button"), user.find(QPushButton, "map_button")
    scene.setFocus()
    user.qtbot.keyClick(scene, Qt.Key.Key_Right)
    user.wait_until(button.isChecked)
    assert user.find(PolicyMapView, "policy_map_view").isVisible()
    assert user.session.steps == 0


def test_a_gymnasium_picture_is_not_drawn_in_vain(user: User) -> None:
    click(user, "picture_button")
    user.wait_until(lambda: user.session.frame is not None and user.session.frame.picture is not None)
    click(user, "map_button")
    user.wait_until(lambda: user.session.frame is not None and user.session.frame.picture is None)


def test_a_window_can_be_closed_while_its_map_is_shown(open_window: Callable[[], User]) -> None:
    user = open_window()
    user.wait_until_ready()
    click(user, "map_button")
    user.session.train()
    user.wait_for_steps(500)
    user.window.close()
