"""Comparisons and runs made by hand: what each run told, and when, is what the test says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ppo_desktop.comparison.plan import Comparison, varied
from ppo_desktop.comparison.record import Recorder, RunRecord
from ppo_desktop.comparison.store import SUFFIX
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import EpisodeEnded, Event, FinishReason, RunFinished, RunStarted, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.schema import newest_first
from tests.updates import UPDATE

BUDGET = 1000
"""Steps of every run made by hand: a bin has ten."""
SMALL = Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, hidden_units=8)


def kept_files(folder: Path) -> list[Path]:
    """Return the files of comparisons that are kept in a folder, the newest first."""
    return [path for _, path in newest_first(folder, SUFFIX)]


def compared(
    values: Sequence[Value] = (0.1, 0.2),
    n_seeds: int = 3,
    total_steps: int = BUDGET,
    field: str = "clip_range",
    environment_id: str = "CartPole-v1",
) -> Comparison:
    """Return a comparison of values of one hyperparameter, in runs with tiny networks."""
    return varied(environment_id, Algorithm.PPO, SMALL, field, values, n_seeds, total_steps)


def started(environment_id: str = "CartPole-v1") -> RunStarted:
    """Return how a run begins."""
    return RunStarted(RunSettings(environment_id, Algorithm.PPO, SMALL, seed=1), 2, COMPILED)


def episode(steps: int, episode_return: float, mean_return_100: float = math.nan) -> EpisodeEnded:
    """Return the end of an episode."""
    return EpisodeEnded(steps, 0, episode_return, 10, mean_return_100)


def update(steps: int, **values: Any) -> UpdateFinished:
    """Return the end of an update."""
    return dataclasses.replace(UPDATE, steps=steps, **values)


def finished(
    steps: int = BUDGET, reason: FinishReason = FinishReason.COMPLETED, message: str = ""
) -> RunFinished:
    """Return how a run ends."""
    return RunFinished(reason, steps, message)


def record_of(
    events: Iterable[Event], total_steps: int = BUDGET, environment_id: str = "CartPole-v1"
) -> RunRecord:
    """Return the record of a run with these events."""
    recorder = Recorder(total_steps, environment_id)
    for event in (started(environment_id), *events):
        recorder.take(event)
    return recorder.record


def ended_with(episode_return: float, reason: FinishReason = FinishReason.COMPLETED) -> RunRecord:
    """Return the record of a finished run whose episodes all had this return."""
    return record_of(
        [*(episode(steps, episode_return) for steps in range(10, 1001, 10)), finished(reason=reason)]
    )
