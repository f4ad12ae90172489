"""A study being set up: it follows Train, refuses what cannot be, and says why it cannot begin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.study.dimension import usual_dimension
from ppo_desktop.study.study_draft import DEFAULT_STEPS, FIRST_TICKED
from ppo_desktop.study.study_plan import MOST_COMBINATIONS, Objective, Strategy
from tests.tuning import PLAN


@pytest.fixture
def drafting(session: Session) -> TuneDrafting:
    """What is set up beside a Train page that has CartPole and small networks."""
    return TuneDrafting(session)


def test_the_sliders_of_the_course_are_searched_at_first(drafting: TuneDrafting, session: Session) -> None:
    assert drafting.draft.ticked == FIRST_TICKED
    plan = drafting.plan
    assert plan is not None
    assert plan.fields == FIRST_TICKED
    assert plan.base == session.settings.hyperparameters
    assert [dimension.high for dimension in plan.space] == [
        usual_dimension(field).high for field in FIRST_TICKED
    ]
    assert drafting.complaint == ""


def test_what_is_not_searched_follows_train(drafting: TuneDrafting, session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(drafting.changed):
        session.change(gamma=0.9)
    assert drafting.plan is not None
    assert drafting.plan.base.gamma == 0.9
    session.choose_algorithm(Algorithm.A2C)
    assert drafting.draft.algorithm is Algorithm.A2C


def test_train_is_caught_up_with_when_somebody_looks_again(
    drafting: TuneDrafting, session: Session, qtbot: QtBot
) -> None:
    drafting.follow_train(False)
    with qtbot.assertNotEmitted(drafting.changed):
        session.change(gamma=0.9)
        session.choose_algorithm(Algorithm.A2C)
    with qtbot.waitSignal(drafting.changed):
        drafting.follow_train(True)
    assert drafting.plan is not None
    assert drafting.plan.base.gamma == 0.9
    assert drafting.draft.algorithm is Algorithm.A2C
    with qtbot.assertNotEmitted(drafting.changed):
        drafting.follow_train(True)


def test_the_environment_follows_train_until_another_is_chosen(
    drafting: TuneDrafting, session: Session
) -> None:
    session.choose_environment("Acrobot-v1")
    assert drafting.draft.environment_id == "Acrobot-v1"
    drafting.choose_environment("GridWorld-v0")
    session.choose_environment("CartPole-v1")
    assert drafting.draft.environment_id == "GridWorld-v0"
    assert drafting.draft.base == presets_for("GridWorld-v0")[0].hyperparameters
    drafting.choose_environment("CartPole-v1")
    session.choose_environment("Acrobot-v1")
    assert drafting.draft.environment_id == "Acrobot-v1", "back at Train's own, it follows again"


def test_ticks_stay_in_the_order_of_the_panel(drafting: TuneDrafting) -> None:
    drafting.tick("clip_range", False)
    drafting.tick("gamma", True)
    drafting.tick("clip_range", True)
    assert drafting.draft.ticked == (*FIRST_TICKED, "gamma")


def test_what_only_ppo_has_a_use_for_is_not_searched_with_a2c(
    drafting: TuneDrafting, session: Session
) -> None:
    session.choose_algorithm(Algorithm.A2C)
    assert "clip_range" not in drafting.draft.ticked
    assert "clip_range" not in drafting.draft.searchable
    session.choose_algorithm(Algorithm.PPO)
    assert "clip_range" in drafting.draft.ticked, "the tick was not lost"


def test_the_spread_of_actions_is_searched_only_where_there_is_one(drafting: TuneDrafting) -> None:
    assert "initial_log_std" not in drafting.draft.searchable
    assert "Discrete actions" in drafting.draft.inactive_reason("initial_log_std")
    drafting.choose_environment("Pendulum-v1")
    assert "initial_log_std" in drafting.draft.searchable
    assert drafting.draft.inactive_reason("initial_log_std") == ""


def test_a_study_is_named_after_what_it_searches_as_far_as_there_is_room(drafting: TuneDrafting) -> None:
    assert drafting.name == "CartPole-v1 4 hyperparameters"
    for field in ("entropy_coef", "rollout_length"):
        drafting.tick(field, False)
    assert drafting.name == "CartPole-v1 clip_range learning_rate"
    drafting.tick("learning_rate", False)
    assert drafting.name == "CartPole-v1 clip_range"


def test_a_range_stays_when_its_tick_goes_and_comes(drafting: TuneDrafting) -> None:
    drafting.set_range("clip_range", 0.1, 0.3)
    drafting.tick("clip_range", False)
    assert drafting.draft.dimension("clip_range").low == 0.1
    drafting.tick("clip_range", True)
    assert drafting.plan is not None
    assert (drafting.plan.space[0].low, drafting.plan.space[0].high) == (0.1, 0.3)


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.3), (0.3, 0.1), (-1.0, 0.3), (0.1, 1e9)])
def test_a_range_that_cannot_be_is_refused_and_the_old_one_stays(
    drafting: TuneDrafting, qtbot: QtBot, low: float, high: float
) -> None:
    before = drafting.draft.dimension("clip_range")
    with qtbot.waitSignal(drafting.changed):  # the number typed gives way to the one that holds
        drafting.set_range("clip_range", low, high)
    assert drafting.draft.dimension("clip_range") == before
    assert drafting.refusal.startswith("Clip range")
    assert drafting.plan is not None


def test_nothing_ticked_makes_no_plan_and_says_so(drafting: TuneDrafting) -> None:
    for field in FIRST_TICKED:
        drafting.tick(field, False)
    assert drafting.plan is None
    assert "tick at least one" in drafting.complaint


def test_choices_that_contradict_each_other_are_kept_and_told(drafting: TuneDrafting) -> None:
    drafting.set_total_steps(1000)
    drafting.set_range("rollout_length", 16, 2048)
    assert drafting.draft.total_steps == 1000
    assert drafting.plan is None
    assert "samples" in drafting.complaint
    drafting.set_total_steps(100_000)
    assert drafting.plan is not None
    assert drafting.complaint == ""


def test_a_grid_that_nobody_can_search_is_a_complaint(drafting: TuneDrafting) -> None:
    drafting.choose_sampler("grid")
    assert drafting.complaint == ""
    for field in FIRST_TICKED:
        drafting.set_points(field, 100)
    plan = drafting.plan
    assert plan is not None
    assert plan.combinations > MOST_COMBINATIONS
    assert f"{plan.combinations:,}".replace(",", " ") in drafting.complaint
    drafting.choose_sampler("tpe")
    assert drafting.complaint == ""


def test_other_choices_are_taken_over(drafting: TuneDrafting) -> None:
    drafting.choose_objective(Objective.LEARNING_CURVE)
    drafting.set_seeds(3)
    drafting.choose_pruner("median")
    drafting.set_trials(None)
    drafting.set_trials_at_once(0)
    plan = drafting.plan
    assert plan is not None
    assert (plan.objective, plan.n_seeds) == (Objective.LEARNING_CURVE, 3)
    assert drafting.strategy == replace(Strategy(), pruner="median")
    assert drafting.n_trials is None
    assert drafting.trials_at_once == 1


def test_the_name_says_what_is_searched_unless_one_is_given(drafting: TuneDrafting) -> None:
    for field in ("entropy_coef", "rollout_length"):
        drafting.tick(field, False)
    assert drafting.name == "CartPole-v1 clip_range learning_rate"
    drafting.set_name("  mine \n")
    assert drafting.name == "mine"
    drafting.set_name("")
    assert drafting.name == "CartPole-v1 clip_range learning_rate"


def test_a_name_nobody_chose_is_one_that_is_free(session: Session) -> None:
    taken = {"CartPole-v1 gamma", "CartPole-v1 gamma 2"}
    drafting = TuneDrafting(session, taken.__contains__)
    for field in FIRST_TICKED:
        drafting.tick(field, False)
    drafting.tick("gamma", True)
    assert drafting.name == "CartPole-v1 gamma 3"


def test_of_a_study_that_is_shown_only_the_strategy_can_change(
    drafting: TuneDrafting, session: Session
) -> None:
    drafting.lock("kept", PLAN, Strategy("random"))
    drafting.tick("gamma", True)
    drafting.set_range("clip_range", 0.2, 0.3)
    drafting.set_seeds(5)
    drafting.set_total_steps(7000)
    drafting.choose_objective(Objective.EVALUATION)
    drafting.choose_environment("Acrobot-v1")
    drafting.set_name("other")
    session.change(gamma=0.5)
    session.choose_environment("GridWorld-v0")
    assert drafting.is_locked
    assert drafting.plan == PLAN
    assert drafting.name == "kept"
    assert drafting.strategy.sampler == "random"
    drafting.choose_sampler("qmc")
    drafting.set_trials(7)
    assert (drafting.strategy.sampler, drafting.n_trials) == ("qmc", 7)


def test_after_a_study_its_choices_can_be_changed_with_the_values_of_train(
    drafting: TuneDrafting, session: Session
) -> None:
    session.change(gamma=0.5)
    drafting.lock("kept", PLAN, Strategy("random"))
    drafting.unlock()
    assert not drafting.is_locked
    assert drafting.draft.ticked == PLAN.fields
    assert drafting.draft.dimension("clip_range").low == 0.1
    assert drafting.draft.base.gamma == 0.5
    assert drafting.name == "CartPole-v1 clip_range learning_rate"


def test_runs_are_as_long_as_trains_unless_somebody_chooses(drafting: TuneDrafting) -> None:
    assert drafting.draft.total_steps == DEFAULT_STEPS  # CartPole's preset has no end
    drafting.choose_environment("Pendulum-v1")
    assert drafting.draft.total_steps == presets_for("Pendulum-v1")[0].hyperparameters.total_steps
    drafting.set_total_steps(30_000)
    assert drafting.draft.total_steps == 30_000
