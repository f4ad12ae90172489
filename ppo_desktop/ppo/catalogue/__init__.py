"""The catalogue: what the app knows of an environment before it is made."""

from __future__ import annotations

from ppo_desktop.ppo.catalogue import acrobot, cartpole, grid_world, mountain_car, pendulum
from ppo_desktop.ppo.catalogue.environment import KnownEnvironment, Preset
from ppo_desktop.ppo.catalogue.state_plane import StatePlane
from ppo_desktop.ppo.hyperparameters import Hyperparameters

KNOWN_ENVIRONMENTS: dict[str, KnownEnvironment] = {
    known.environment_id: known
    for known in (
        cartpole.ENVIRONMENT,
        acrobot.ENVIRONMENT,
        mountain_car.ENVIRONMENT,
        mountain_car.WITH_A_FORCE,
        pendulum.ENVIRONMENT,
        grid_world.ENVIRONMENT,
    )
}
"""The classic-control environments and our own grid world by id, in the order in which they are offered."""
GENERAL_PRESET = Preset(
    "standard",
    "Standard",
    "Common starting values; good for a first try on any environment.",
    Hyperparameters(rollout_length=256, n_epochs=10, n_minibatches=8),
)
"""The preset of any other."""


def is_compiled(environment_id: str) -> bool:
    """Return whether the compiled engine can serve an environment."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return known is not None and known.is_compiled


def plane_for(environment_id: str) -> StatePlane | None:
    """Return the plane on which an environment's policy can be mapped, None if there is none."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return None if known is None else known.plane
