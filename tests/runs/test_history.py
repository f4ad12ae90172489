"""A history folds events into columns and marks, in bounded memory."""

import copy
import dataclasses
import math
import tracemalloc

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    FinishReason,
    GoodMoment,
    HyperparametersChanged,
    RunFinished,
    RunStarted,
    StepsTaken,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import (
    CAPACITY,
    COLUMNS,
    MOST_MARKS,
    History,
    Peak,
    returns_hardly_vary,
)
from tests.updates import UPDATE


def make_history(*events):
    history = History()
    for event in events:
        history.add(event)
    return history


def make_change(steps, old, new, *, field="clip_range", update=None):
    return HyperparametersChanged(steps, steps // 100 if update is None else update, {field: (old, new)})


def labels(history):
    return [mark.label for mark in history.marks]


def test_an_episode_fills_its_columns():
    history = make_history(EpisodeEnded(200, 0, 21.0, 21, 21.0), EpisodeEnded(230, 3, 25.0, 25, 23.0))
    assert [column.tolist() for column in history.curve("return").extremes()] == [[200, 230], [21, 25]]
    assert history.curve("mean_return").last == 23.0
    assert history.curve("length").last == 25
    assert (history.episodes, history.updates, history.steps) == (2, 0, 230)


def test_an_update_fills_every_column_of_its_name():
    history = make_history(UPDATE)
    for column in UPDATE_QUANTITIES:
        assert history.curve(column).last == getattr(UPDATE, column)
        assert history.curve(column).extremes()[0].tolist() == [1024]
    assert (history.updates, history.steps) == (1, 1024)


def test_an_explained_variance_of_nan_is_left_out():
    history = make_history(UPDATE, dataclasses.replace(UPDATE, steps=2048, explained_variance=math.nan))
    assert len(history.curve("explained_variance")) == 1
    assert len(history.curve("value_loss")) == 2


def test_a_new_run_clears_everything():
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed=1)
    history = make_history(UPDATE, EpisodeEnded(1, 0, 1.0, 1, 1.0), make_change(500, 0.2, 0.1))
    history.add(RunStarted(settings, 2, COMPILED))
    assert (history.settings, history.steps, history.updates, history.episodes) == (settings, 0, 0, 0)
    assert len(history.marks) == 0
    assert all(len(history.curve(column)) == 0 for column in COLUMNS)


def test_events_without_a_column_leave_no_trace():
    history = make_history(StepsTaken(64, 8, 128), RunFinished(FinishReason.COMPLETED, 64))
    assert history.steps == 64
    assert all(len(history.curve(column)) == 0 for column in COLUMNS)


def test_a_change_is_marked_with_its_symbol_and_both_values():
    history = make_history(
        make_change(10_000, 0.2, 0.15), make_change(20_000, 0.01, 0.03, field="entropy_coef")
    )
    assert labels(history) == ["ε 0.20→0.15", "cₕ 0.01→0.03"]
    assert [mark.steps for mark in history.marks] == [10_000, 20_000]


def test_a_hyperparameter_without_symbol_is_marked_with_its_label():
    assert labels(make_history(make_change(100, 4, 8, field="n_minibatches"))) == ["Minibatches 4→8"]


def test_a_change_before_the_first_step_is_not_marked():
    assert labels(make_history(make_change(0, 0.2, 0.1))) == []


def test_dragging_a_slider_leaves_one_mark_from_the_first_value_to_the_last():
    history = make_history(
        make_change(10_000, 0.2, 0.18), make_change(10_150, 0.18, 0.16), make_change(10_300, 0.16, 0.1)
    )
    assert labels(history) == ["ε 0.20→0.10"]
    assert [(mark.steps, mark.last_steps) for mark in history.marks] == [(10_000, 10_300)]


def test_dragging_between_two_long_updates_leaves_one_mark():
    history = make_history(make_change(16_384, 0.2, 0.18, update=2), make_change(32_768, 0.18, 0.1, update=3))
    assert labels(history) == ["ε 0.20→0.10"]


def test_changes_far_apart_are_two_marks():
    history = make_history(make_change(10_000, 0.2, 0.15), make_change(10_600, 0.15, 0.1))
    assert labels(history) == ["ε 0.20→0.15", "ε 0.15→0.10"]


def test_a_change_of_another_field_in_between_does_not_part_a_drag():
    history = make_history(
        make_change(10_000, 0.2, 0.18),
        make_change(10_050, 3e-4, 1e-3, field="learning_rate"),
        make_change(10_100, 0.18, 0.1),
    )
    assert labels(history) == ["ε 0.20→0.10", "α 3.0e-4→1.0e-3"]


def test_a_drag_that_comes_back_leaves_no_mark():
    history = make_history(make_change(10_000, 0.2, 0.18), make_change(10_100, 0.18, 0.2))
    assert labels(history) == []


def test_values_that_were_announced_together_are_one_mark_with_their_name():
    history = make_history()
    history.marks.announce({"clip_range": 0.1, "gamma": 0.9, "n_epochs": 4, "n_envs": 8}, "Fastest")
    history.add(HyperparametersChanged(10_000, 9, {"n_epochs": (10, 4)}))
    history.add(HyperparametersChanged(10_256, 10, {"clip_range": (0.2, 0.1), "gamma": (0.99, 0.9)}))
    assert labels(history) == ["Fastest"]
    assert [history.marks.value_before(field) for field in ("clip_range", "n_epochs", "n_envs")] == [
        (0.2, 10_000),
        (10, 10_000),
        None,
    ]


def test_a_value_that_was_changed_after_it_was_announced_has_a_mark_of_its_own():
    history = make_history()
    history.marks.announce({"clip_range": 0.1, "gamma": 0.9}, "Fastest")
    history.marks.announce({"clip_range": 0.15}, "")
    history.add(HyperparametersChanged(10_000, 9, {"clip_range": (0.2, 0.15), "gamma": (0.99, 0.9)}))
    assert sorted(labels(history)) == ["Fastest", "ε 0.20→0.15"]


def test_two_presets_in_a_row_are_one_mark_and_none_if_all_is_as_before():
    history = make_history()
    history.marks.announce({"clip_range": 0.1, "gamma": 0.9}, "One")
    history.add(HyperparametersChanged(10_000, 9, {"clip_range": (0.2, 0.1), "gamma": (0.99, 0.9)}))
    history.marks.announce({"clip_range": 0.3, "gamma": 0.9}, "Two")
    history.add(HyperparametersChanged(10_050, 9, {"clip_range": (0.1, 0.3)}))
    assert labels(history) == ["Two"]
    history.marks.announce({"clip_range": 0.2, "gamma": 0.99}, "own settings")
    history.add(HyperparametersChanged(10_100, 9, {"clip_range": (0.3, 0.2), "gamma": (0.9, 0.99)}))
    assert labels(history) == []


def test_a_mere_change_of_the_budget_is_not_marked():
    history = make_history(
        make_change(10_000, None, 50_000, field="total_steps"),
        make_change(20_000, False, True, field="stop_when_solved"),
    )
    assert labels(history) == []


def test_marks_are_bounded_and_the_oldest_go_first():
    history = make_history(*(make_change(int(1.1**n), n, n + 1, update=10 * n) for n in range(50, 50 + 300)))
    assert len(history.marks) == MOST_MARKS
    assert [mark.new for mark in history.marks][-1] == 350


@pytest.mark.parametrize(
    ("spread", "largest", "expected"),
    [
        (None, None, False),
        (20.0, 20.0, False),
        (2.0, 20.0, False),
        (1.9, 20.0, True),
        (0.0, 0.0, True),
    ],
)
def test_returns_hardly_vary_below_a_tenth_of_their_largest_spread(spread, largest, expected):
    assert returns_hardly_vary(spread, largest) is expected


def test_a_history_knows_when_returns_hardly_vary():
    history = make_history(UPDATE)
    assert not history.returns_hardly_vary
    history.add(dataclasses.replace(UPDATE, steps=2048, return_spread=0.5))
    assert history.returns_hardly_vary


def test_memory_is_bounded_with_an_update_after_every_step():
    history = History()

    def play(first, last):
        for steps in range(first, last):
            history.add(dataclasses.replace(UPDATE, steps=steps, update=steps))
            history.add(EpisodeEnded(steps, 0, float(steps % 500), 1, 250.0))

    play(1, 10 * CAPACITY)
    tracemalloc.start()
    play(10 * CAPACITY, 20 * CAPACITY)
    size_before, _ = tracemalloc.get_traced_memory()
    play(20 * CAPACITY, 50 * CAPACITY)
    size_after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size_after - size_before < 500_000
    assert len(history.curve("clip_fraction")) == 50 * CAPACITY - 1


def test_a_history_knows_its_peak_its_first_return_and_its_latest_updates():
    means = [math.nan, 22.0, 80.0, 50.0]
    updates = [
        dataclasses.replace(UPDATE, update=n, steps=1024 * n, mean_return_100=mean)
        for n, mean in enumerate(means, start=1)
    ]
    history = make_history(*updates)
    assert history.peak == Peak(3072, 80.0)
    assert history.best is None
    moment = GoodMoment(2048, 3, 75.0)
    history.add(dataclasses.replace(UPDATE, best=moment))
    assert history.best is moment
    history = make_history(*updates)
    assert history.first_mean_return == 22.0
    assert list(history.recent) == updates


def test_a_history_knows_the_values_in_force():
    history = make_history(
        RunStarted(RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed=1), 2, COMPILED),
        make_change(500, 0.2, 0.1),
    )
    assert history.hyperparameters == Hyperparameters(clip_range=0.1)
    assert history.n_actions == 2


def test_the_mean_of_the_latest_episodes_follows_sooner_than_that_of_a_hundred():
    history = make_history(*(EpisodeEnded(10 * n, 0, 500.0, 10, 500.0) for n in range(1, 101)))
    assert history.curve("recent_return").last == 500.0
    for n in range(1, 21):
        history.add(EpisodeEnded(1000 + n, 0, 20.0, 1, 500.0 - 4.8 * n))
    assert history.curve("recent_return").last == 20.0
    assert history.curve("mean_return").last == pytest.approx(404.0)
    assert set(history.recent_returns) == {20.0}


def test_changed_values_are_new_for_five_updates():
    history = make_history(UPDATE)
    assert not history.values_are_new
    history.add(make_change(1024, 0.2, 0.1))
    for _ in range(5):
        assert history.values_are_new
        history.add(UPDATE)
    assert not history.values_are_new


def test_a_run_that_has_diverged_says_enough_of_new_values():
    history = make_history(UPDATE, make_change(1024, 0.2, None))
    history.add(RunFinished(FinishReason.DIVERGED, 2048, "nan"))
    assert not history.values_are_new


def test_a_history_can_be_made_of_a_few_curves():
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(gamma=0.9), seed=3)
    steps, returns = np.array([100.0, 200.0, 300.0]), np.array([1.0, math.nan, 3.0])
    history = History.of_curves(settings, 350, {"mean_return": (steps, returns)})
    assert history.settings == settings
    assert history.hyperparameters == settings.hyperparameters
    assert history.steps == 350
    assert [column.tolist() for column in history.curve("mean_return").means()] == [[100, 300], [1, 3]]
    assert all(len(history.curve(name)) == 0 for name in COLUMNS if name != "mean_return")
    assert not history.returns_hardly_vary
    assert labels(history) == []


def test_a_history_made_of_curves_can_be_copied_and_is_no_way_back():
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed=3)
    history = History.of_curves(settings, 0, {})
    assert copy.deepcopy(history).settings == settings
    assert history.best is None


def test_a_column_that_no_history_has_is_refused():
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed=3)
    with pytest.raises(KeyError):
        History.of_curves(settings, 0, {"no such column": (np.zeros(1), np.zeros(1))})


def test_the_stretches_in_which_returns_hardly_varied_are_known_afterwards():
    spreads = (20.0, 20.0, 1.0, 0.0, 20.0, 1.9)
    history = make_history(
        *(
            dataclasses.replace(UPDATE, update=n, steps=100 * n, return_spread=spread)
            for n, spread in enumerate(spreads, start=1)
        )
    )
    assert history.ranges_hardly_varying() == [(250, 450), (550, 600)]
    assert history.returns_hardly_vary
    assert History().ranges_hardly_varying() == []
