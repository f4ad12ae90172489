"""Pendulum-v1: a rod that is to be swung up and held there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ppo_desktop.ppo.catalogue.environment import (
    ActionName,
    ActionTaken,
    Brief,
    Kernel,
    KnownEnvironment,
    Preset,
    Pushed,
)
from ppo_desktop.ppo.catalogue.state_plane import SIDE, Components, StateAxis, StatePlane
from ppo_desktop.ppo.constants import PENDULUM
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles, Numbers


def _starts(generator: np.random.Generator, count: int) -> Doubles:
    import numpy as np

    largest = np.array([math.pi, 1.0])
    return generator.uniform(-largest, largest, (count, 2))


def _show(environment: Any, state: Doubles, action: ActionTaken) -> None:
    environment.state, environment.last_u = state, None if action is None else action[0]


def _hanging(angle: Numbers, velocity: Numbers) -> Components:
    import numpy as np

    return np.cos(angle), np.sin(angle), velocity


def _seen(state: tuple[float, ...]) -> tuple[float, ...]:
    return math.cos(state[0]), math.sin(state[0]), state[1]


def _angle_and_velocity(components: Components) -> Components:
    import numpy as np

    return np.arctan2(components[1], components[0]), components[2]


_STANDARD = Preset(
    "standard",
    "Standard",
    "Short-sighted (γ 0.95), with scaled rewards; learning rate and ε fall to 0 over 200 000 steps.",
    Hyperparameters(
        n_envs=4,
        rollout_length=1024,
        n_epochs=10,
        n_minibatches=64,
        learning_rate=1e-3,
        gamma=0.95,
        normalize_rewards=True,
        anneal=True,
        total_steps=200_000,
    ),
)

ENVIRONMENT = KnownEnvironment(
    "Pendulum-v1",
    solved_return=None,
    return_range=(-1800.0, 0.0),
    actions=(ActionName("torque"),),
    observations=("cos θ", "sin θ", "ω"),
    is_discrete=False,
    presets=(_STANDARD,),
    plane=StatePlane(
        StateAxis(
            "angle from upright",
            -math.pi,
            math.pi,
            "rad",
            ((-math.pi, "−π"), (0.0, "0"), (math.pi, "π")),
            wraps=True,
            short_label="angle",
        ),
        StateAxis(
            "angular velocity",
            -8.0,
            8.0,
            "rad/s",
            ((-8.0, "−8"), (0.0, "0"), (8.0, "8")),
            short_label="velocity",
        ),
        SIDE,
        SIDE,
        _hanging,
        _angle_and_velocity,
    ),
    kernel=Kernel(PENDULUM, _starts, _show),
    brief=Brief(
        goal="Swing the rod up and hold it there with little torque; the motor cannot lift it at once.",
        observation="Angle θ of the rod (0 is upright) as cosine and sine, and its angular velocity ω "
        "(−8 to 8 rad/s).",
        actions="A torque from −2 to 2 N m.",
        reward="−(θ² + 0.1 · ω² + 0.001 · torque²) for every step, θ between −π and π: 0 at best.",
        end="After 200 steps, and never earlier.",
    ),
    pushed=Pushed(
        1,
        "ω",
        "rad/s",
        to_the_right=-2.0,
        per_drag=4.0,
        largest=8.0,
        observe=_seen,
        limit=8.0,
        has_pivot=True,
    ),
)
