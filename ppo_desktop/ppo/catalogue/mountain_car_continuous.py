"""MountainCarContinuous-v0: the mountain car with a force of any size."""

from __future__ import annotations

from ppo_desktop.ppo.catalogue.environment import ActionName, Brief, Kernel, KnownEnvironment, Preset
from ppo_desktop.ppo.catalogue.mountain_car import hillside, starts_in_the_valley
from ppo_desktop.ppo.constants import MOUNTAIN_CAR_CONTINUOUS
from ppo_desktop.ppo.hyperparameters import Hyperparameters

_STANDARD = Preset(
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

ENVIRONMENT = KnownEnvironment(
    "MountainCarContinuous-v0",
    solved_return=90.0,
    return_range=(-100.0, 100.0),
    actions=(ActionName("force"),),
    observations=("x", "v"),
    is_discrete=False,
    presets=(_STANDARD,),
    plane=hillside(goal=0.45),
    kernel=Kernel(MOUNTAIN_CAR_CONTINUOUS, starts_in_the_valley),
    brief=Brief(
        goal="Reach the flag on the hill with little force; the motor is too weak to drive straight up.",
        observation="Position x (−1.2 to 0.6 m) and velocity v (−0.07 to 0.07 m a step) of the car.",
        actions="A force from −1 (to the left) to 1 (to the right).",
        reward="100 at the flag, less 0.1 · force² for every step.",
        end="The car reaches x = 0.45 m, or after 999 steps.",
    ),
)
