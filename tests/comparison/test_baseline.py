"""What is kept of a compared run can be drawn behind another."""

from __future__ import annotations

import numpy as np

from ppo_desktop.comparison.baseline import history_of
from ppo_desktop.comparison.record import Recorder
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import EpisodeEnded, FinishReason, RunFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings

SETTINGS = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(total_steps=10_000), seed=3)


def recorded(steps: int) -> Recorder:
    recorder = Recorder(10_000, "CartPole-v1")
    for end in range(100, steps + 1, 100):
        recorder.take(EpisodeEnded(end, 0, end / 10, 5, 0.0))
    recorder.take(RunFinished(FinishReason.COMPLETED, steps))
    return recorder


def test_the_curve_of_returns_is_the_line_of_mean_returns() -> None:
    history = history_of(SETTINGS, recorded(10_000).record)
    steps, returns = history.curve("mean_return").means()
    assert np.array_equal(steps, np.arange(100.0, 10_001.0, 100.0))
    assert np.allclose(returns, steps / 10)
    assert history.settings == SETTINGS
    assert history.steps == 10_000


def test_a_run_that_ended_early_has_no_curve_beyond_its_end() -> None:
    history = history_of(SETTINGS, recorded(4_000).record)
    steps, _ = history.curve("mean_return").means()
    assert steps[-1] == 4_000
    assert history.steps == 4_000
