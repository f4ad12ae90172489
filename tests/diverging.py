"""Runs that diverge in an update, however an engine goes about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.engines.base import Engine, LearntAtOnce
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.step_settings import StepSettings


def let_diverge(
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Engine],
    where: Callable[[StepSettings], bool] = lambda _: True,
) -> None:
    """Have engines of a kind diverge in each update with such settings, step by step as well as at once."""
    improve, learn_at_once = kind.improve, kind.learn_at_once

    def improve_or_diverge(
        engine: Engine, minibatches: Sequence[NDArray[Any]], settings: StepSettings
    ) -> Any:
        if where(settings):
            raise Divergence("policy")
        return improve(engine, minibatches, settings)

    def learn_or_diverge(
        engine: Engine,
        hyperparameters: Hyperparameters,
        minibatches: Sequence[NDArray[Any]],
        n_minibatches: int,
        settings: StepSettings,
    ) -> LearntAtOnce:
        if where(settings):
            return LearntAtOnce([], Divergence("policy"))
        return learn_at_once(engine, hyperparameters, minibatches, n_minibatches, settings)

    monkeypatch.setattr(kind, "improve", improve_or_diverge)
    monkeypatch.setattr(kind, "learn_at_once", learn_or_diverge)
