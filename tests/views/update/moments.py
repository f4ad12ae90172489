"""Moments within real updates, whose every number is at hand."""

from __future__ import annotations

import csv
import io
from functools import cache

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure

EPOCHS, MINIBATCHES, SAMPLES = 3, 2, 64


@cache
def update(
    environment_id: str = "CartPole-v1", algorithm: Algorithm = Algorithm.PPO, n_steps: int = SAMPLES // 2
) -> list[Moment]:
    """Return the second update of a small run, gradient step by gradient step."""
    hyperparameters = Hyperparameters(
        rollout_length=n_steps,
        n_envs=2,
        n_epochs=EPOCHS,
        n_minibatches=MINIBATCHES,
        hidden_units=8,
        learning_rate=0.02,
        entropy_coef=0.01,
    )
    settings = RunSettings(environment_id, algorithm, hyperparameters, seed=1)
    trainer = Trainer(settings, PyTorchEngine(settings))
    trainer.looks_closely = True
    told: list[Moment] = []
    events = trainer.events()
    for event in events:
        if trainer.update == 2:
            break
        if trainer.update == 1 and isinstance(event, MinibatchOptimized):
            told.append(Moment(event))
    events.close()
    return told


def rows(figure: UpdateFigure) -> list[dict[str, float]]:
    """Return the CSV of a figure, as numbers."""
    return [
        {name: float(value) for name, value in row.items()}
        for row in csv.DictReader(io.StringIO(figure.csv()))
    ]
