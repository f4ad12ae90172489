"""MountainCar-v0 and MountainCarContinuous-v0: a car too weak for its hill has to gather speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppo_desktop.ppo.catalogue.environment import (
    LEFT,
    RIGHT,
    ActionName,
    Brief,
    Kernel,
    KnownEnvironment,
    Preset,
    Pushed,
)
from ppo_desktop.ppo.catalogue.state_plane import SIDE, Components, StateAxis, StatePlane
from ppo_desktop.ppo.constants import MOUNTAIN_CAR, MOUNTAIN_CAR_CONTINUOUS
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles, Numbers


def _starts(generator: np.random.Generator, count: int) -> Doubles:
    """Draw start states of both mountain cars: at rest near the bottom."""
    import numpy as np

    positions = generator.uniform(-0.6, -0.4, count)
    return np.stack([positions, np.zeros(count)], axis=1)


def _as_they_are(x: Numbers, y: Numbers) -> Components:
    return x, y


def _first_two(components: Components) -> Components:
    return components[0], components[1]


def _hillside(goal: float) -> StatePlane:
    """Return the plane of position and velocity of either mountain car."""
    return StatePlane(
        StateAxis(
            "position", -1.2, 0.6, "m", ((-1.0, "−1"), (-0.5, "−0.5"), (0.0, "0"), (goal, "goal")), (goal,)
        ),
        StateAxis("velocity", -0.07, 0.07, "m/step", ((-0.07, "−0.07"), (0.0, "0"), (0.07, "0.07"))),
        SIDE,
        SIDE,
        _as_they_are,
        _first_two,
    )


_PUSHED = Pushed(
    1,
    "v",
    "m/step",
    to_the_right=0.02,
    per_drag=0.07,
    largest=0.07,
    observe=lambda state: state,
    limit=0.07,
    decimals=3,
)

_STANDARD = Preset(
    "standard",
    "Standard",
    "Needs normalised observations; learning rate and ε fall to 0 over 500 000 steps.",
    Hyperparameters(
        n_envs=16,
        rollout_length=64,
        n_minibatches=16,
        learning_rate=1e-3,
        gae_lambda=0.98,
        normalize_observations=True,
        anneal=True,
        total_steps=500_000,
    ),
)

ENVIRONMENT = KnownEnvironment(
    "MountainCar-v0",
    solved_return=-110.0,
    return_range=(-200.0, 0.0),
    actions=(LEFT, ActionName("coast"), RIGHT),
    observations=("x", "v"),
    is_discrete=True,
    presets=(_STANDARD,),
    plane=_hillside(goal=0.5),
    kernel=Kernel(MOUNTAIN_CAR, _starts),
    brief=Brief(
        goal="Reach the flag on the right hill soon; the motor is too weak to drive straight up.",
        observation="Position x (−1.2 to 0.6 m) and velocity v (−0.07 to 0.07 m a step) of the car.",
        actions="Accelerate to the left, coast, or accelerate to the right.",
        reward="−1 for every step.",
        end="The car reaches x = 0.5 m, or after 200 steps.",
    ),
    pushed=_PUSHED,
)

_FAR_SIGHTED = Preset(
    "standard",
    "Standard",
    "Far-sighted (γ 0.9999), with normalised observations and rewards.",
    Hyperparameters(
        rollout_length=256,
        n_epochs=10,
        n_minibatches=8,
        learning_rate=1e-3,
        gamma=0.9999,
        gae_lambda=0.9,
        normalize_observations=True,
        normalize_rewards=True,
    ),
)

WITH_A_FORCE = KnownEnvironment(
    "MountainCarContinuous-v0",
    solved_return=90.0,
    return_range=(-100.0, 100.0),
    actions=(ActionName("force"),),
    observations=("x", "v"),
    is_discrete=False,
    presets=(_FAR_SIGHTED,),
    plane=_hillside(goal=0.45),
    kernel=Kernel(MOUNTAIN_CAR_CONTINUOUS, _starts),
    brief=Brief(
        goal="Reach the flag on the hill with little force; the motor is too weak to drive straight up.",
        observation="Position x (−1.2 to 0.6 m) and velocity v (−0.07 to 0.07 m a step) of the car.",
        actions="A force from −1 (to the left) to 1 (to the right).",
        reward="100 at the flag, less 0.1 · force² for every step.",
        end="The car reaches x = 0.45 m, or after 999 steps.",
    ),
    pushed=_PUSHED,
)
