"""V against return and the value loss hold the numbers of the rollout and of its gradient steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.estimates import cut_off_targets
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.whole_episode import MOST_STEPS, PlayedToTheLimit
from ppo_desktop.views.charts.shapes import Level, Scatter
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.cut_off_episode import CutOffEpisodeFigure
from ppo_desktop.views.update.value_loss_steps import ValueLossSteps
from ppo_desktop.views.update.value_scatter import ValueScatter
from tests.views.update.moments import EPOCHS, MINIBATCHES, SAMPLES, rows, update

ROOM = QRectF(0, 0, 400, 200)


def test_every_sample_of_the_rollout_stands_at_its_value_and_return(theme: Theme) -> None:
    moment = update()[2]
    figure, trace = ValueScatter(moment), moment.minibatch.trace
    table = rows(figure)
    assert len(table) == SAMPLES
    for samples in trace.minibatches:
        for index, advantage in zip(samples.indices, samples.raw_advantages, strict=True):
            row = table[index]
            assert (row["agent"], row["time"]) == (index % 2 + 1, index // 2 + 1)
            assert row["value_target"] - row["value"] == pytest.approx(advantage, abs=1e-4)
    (cloud,) = (s for s in figure.picture_in(theme, ROOM).shapes if isinstance(s, Scatter))
    assert cloud.columns.tolist() == [row["value"] for row in table]
    assert cloud.rows.tolist() == [row["value_target"] for row in table]


def test_explained_variance_is_written_with_both_variances() -> None:
    figure = ValueScatter(update()[0])
    table = rows(figure)
    values, targets = (np.array([row[name] for row in table]) for name in ("value", "value_target"))
    assert figure.fit.explained_variance == pytest.approx(1 - np.var(targets - values) / np.var(targets))
    assert f"{figure.fit.explained_variance:.2f}".replace("-", "−") in figure.summary()


def test_what_is_pointed_at_is_told_with_its_numbers(theme: Theme) -> None:
    figure = ValueScatter(update()[0])
    picture = figure.picture_in(theme, ROOM)
    assert list(picture.keys) == list(range(SAMPLES))
    assert figure.tip(5).startswith("agent 2, t = 3<br>V(s) = ")
    assert figure.tip(SAMPLES) == "", "it may belong to the rollout before"
    assert [figure.sample_of(key) for key in (5, SAMPLES, None)] == [5, None, None]


def test_the_value_loss_of_each_step_stands_beside_the_variance_of_the_targets(theme: Theme) -> None:
    moment = update()[4]
    figure, trace = ValueLossSteps(moment), moment.minibatch.trace
    table = rows(figure)
    assert [(row["epoch"], row["minibatch"]) for row in table] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]
    assert [row["value_loss"] for row in table] == [one["value_loss"] for one in trace.measured]
    # Before the first step the critic is the one that collected the rollout.
    assert table[0]["value_loss"] == pytest.approx(
        np.mean(trace.minibatches[0].raw_advantages ** 2), rel=1e-4
    )
    variance = float(np.var(trace.evaluated.value_targets.astype(float)))
    assert [row["target_variance"] for row in table] == [pytest.approx(variance)] * 5
    picture = figure.picture_in(theme, ROOM)
    (level,) = (shape for shape in picture.shapes if isinstance(shape, Level))
    assert level.row == pytest.approx(variance)
    assert picture.frame.columns.shown == (0.5, EPOCHS * MINIBATCHES + 0.5)


def test_a_cut_off_episode_has_a_row_for_each_step_up_to_its_end(theme: Theme) -> None:
    figure = CutOffEpisodeFigure(update("MountainCar-v0", n_steps=200)[0])
    assert figure.episode is not None
    table = rows(figure)
    assert [row["time"] for row in table] == list(range(1, 201))
    assert table[-1]["not_bootstrapped"] == pytest.approx(-1.0, abs=1e-5), "the reward of the last step"
    assert table[-1]["bootstrapped"] == pytest.approx(-1.0 + figure.episode.bootstrap, abs=1e-5)
    picture = figure.picture_in(theme, ROOM)
    clouds = [shape for shape in picture.shapes if isinstance(shape, Scatter)]
    for cloud, name in zip(clouds, ("not_bootstrapped", "bootstrapped", "value"), strict=True):
        assert cloud.rows.tolist() == [row[name] for row in table]
    assert list(picture.keys) == list(range(200))
    assert figure.tip(199).startswith("t = 200<br>V(s) = ")
    assert "−1.00 without" in figure.summary()
    assert figure.sample_of(199) == 199 * 2 + figure.episode.agent


def test_one_that_was_played_whole_is_shown_from_its_first_step(theme: Theme) -> None:
    episode = cut_off_targets(np.ones(500), np.linspace(40, 50, 501), 0.98, 0.8)
    moment = replace(update()[0], played=PlayedToTheLimit(episode, 3))
    figure = CutOffEpisodeFigure(moment)
    table = rows(figure)
    assert [row["time"] for row in table] == list(range(1, 501))
    assert [row["value"] for row in table] == pytest.approx(np.linspace(40, 50, 501)[:-1])
    assert table[-1]["bootstrapped"] == pytest.approx(1 + 0.98 * 50)
    assert table[-1]["not_bootstrapped"] == 1.0
    assert {row["agent"] for row in table} == {0}, "none of the run's"
    assert figure.picture_in(theme, ROOM).frame.columns.shown == (0.5, 500.5)
    assert all(figure.sample_of(key) is None for key in range(500))
    assert "3 of 100" in figure.summary()


def test_where_none_was_played_to_a_limit_the_part_in_the_rollout_is_shown_and_that_is_said() -> None:
    alone, tried = (
        CutOffEpisodeFigure(replace(update()[0], played=played))
        for played in (None, PlayedToTheLimit(None, 100))
    )
    assert rows(tried) == rows(alone)
    assert tried.summary().startswith(alone.summary())
    assert "100" in tried.summary().removeprefix(alone.summary())


def test_it_says_why_none_was_played_whole() -> None:
    failed, endless = (
        CutOffEpisodeFigure(replace(update()[0], played=played)).summary()
        for played in (PlayedToTheLimit(None, 0, "Motor burnt out."), PlayedToTheLimit(None, 0))
    )
    assert failed.endswith("Motor burnt out.")
    assert grouped(MOST_STEPS) in endless


def test_without_a_time_limit_it_says_that_the_rollout_has_ended() -> None:
    figure = CutOffEpisodeFigure(update()[0])
    assert figure.episode is not None
    assert not figure.episode.at_time_limit
    assert rows(figure)[-1]["time"] == SAMPLES // 2
    assert "rollout" in figure.summary()
