"""Acrobot-v1: two links, of which the lower one is to swing up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ppo_desktop.ppo.catalogue.environment import (
    ActionName,
    Brief,
    Kernel,
    KnownEnvironment,
    Preset,
    Pushed,
)
from ppo_desktop.ppo.constants import ACROBOT
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles


def _starts(generator: np.random.Generator, count: int) -> Doubles:
    import numpy as np

    return generator.uniform(-0.1, 0.1, (count, 4)).astype(np.float32).astype(float)


def _seen(state: tuple[float, ...]) -> tuple[float, ...]:
    theta_1, theta_2, *velocities = state
    return math.cos(theta_1), math.sin(theta_1), math.cos(theta_2), math.sin(theta_2), *velocities


_STANDARD = Preset(
    "standard",
    "Standard",
    "Swings up soon; learning rate and ε fall to 0 over 500 000 steps.",
    Hyperparameters(
        n_envs=16,
        rollout_length=256,
        n_minibatches=64,
        learning_rate=1e-3,
        anneal=True,
        total_steps=500_000,
        gae_lambda=0.94,
        normalize_observations=True,
        normalize_rewards=True,
    ),
)

ENVIRONMENT = KnownEnvironment(
    "Acrobot-v1",
    solved_return=-100.0,
    return_range=(-500.0, 0.0),
    actions=(ActionName("↻ torque −1", "↻"), ActionName("0"), ActionName("↺ torque +1", "↺")),
    observations=("cos θ₁", "sin θ₁", "cos θ₂", "sin θ₂", "ω₁", "ω₂"),
    is_discrete=True,
    presets=(_STANDARD,),
    plane=None,
    kernel=Kernel(ACROBOT, _starts),
    brief=Brief(
        goal="Swing the tip of two hanging links above the line, as soon as possible.",
        observation="Angle θ₁ of the upper link (0 hangs down) and θ₂ of the lower one against it, as cosine "
        "and sine, and both angular velocities ω₁ and ω₂ (rad/s).",
        actions="A torque of −1, 0 or +1 N m between the links; the upper end swings freely.",
        reward="−1 for every step, 0 for the one that reaches the line.",
        end="The tip is one link's length above the upper end, or after 500 steps.",
    ),
    pushed=Pushed(
        2,
        "ω₁",
        "rad/s",
        to_the_right=2.0,
        per_drag=4.0,
        largest=8.0,
        observe=_seen,
        limit=4 * math.pi,
        has_pivot=True,
    ),
)
