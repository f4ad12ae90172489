"""CartPole-v1: a cart with a pole that is to stay upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppo_desktop.ppo.catalogue.environment import (
    LEFT,
    RIGHT,
    Brief,
    Kernel,
    KnownEnvironment,
    Preset,
    Pushed,
)
from ppo_desktop.ppo.catalogue.state_plane import SIDE, Components, StateAxis, StatePlane
from ppo_desktop.ppo.constants import CARTPOLE
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles, Numbers


def _starts(generator: np.random.Generator, count: int) -> Doubles:
    return generator.uniform(-0.05, 0.05, (count, 4))


def _balancing(angle: Numbers, velocity: Numbers) -> Components:
    """Return the state of a cart at rest in the middle; degrees become radians."""
    import numpy as np

    at_rest = np.zeros_like(angle)
    return at_rest, at_rest, np.radians(angle), np.radians(velocity)


def _pole_in_degrees(components: Components) -> Components:
    import numpy as np

    return np.degrees(components[2]), np.degrees(components[3])


_DEMONSTRATION = Preset(
    "demonstration",
    "Demonstration",
    "Learns in seconds and shows the effect of every slider.",
    Hyperparameters(
        rollout_length=32, n_epochs=10, n_minibatches=1, learning_rate=2e-3, gamma=0.98, gae_lambda=0.8
    ),
)
_FASTEST = Preset(
    "fastest",
    "Fastest",
    "Learning rate and ε fall to 0 over 100 000 steps.",
    Hyperparameters(
        rollout_length=32,
        n_epochs=20,
        n_minibatches=1,
        learning_rate=1e-3,
        gamma=0.98,
        gae_lambda=0.8,
        anneal=True,
        total_steps=100_000,
    ),
)
_STEPWISE = Preset(
    "stepwise",
    "Stepwise",
    "As on the slide “PPO training loop”: at an update's only step every ratio is 1, ε does nothing.",
    Hyperparameters(
        rollout_length=1, n_envs=1, n_epochs=1, n_minibatches=1, gae_lambda=0.0, learning_rate=1e-3
    ),
    former_name="Stepwise, as on the slides",
)

ENVIRONMENT = KnownEnvironment(
    "CartPole-v1",
    solved_return=475.0,
    return_range=(0.0, 500.0),
    actions=(LEFT, RIGHT),
    observations=("x", "v", "θ", "ω"),
    is_discrete=True,
    presets=(_DEMONSTRATION, _FASTEST, _STEPWISE),
    plane=StatePlane(
        # A pole beyond ±12° has fallen.
        StateAxis(
            "pole angle",
            -13.0,
            13.0,
            "°",
            ((-12.0, "−12"), (0.0, "0"), (12.0, "12")),
            landmarks=(-12.0, 12.0),
            short_label="angle",
        ),
        StateAxis(
            "angular velocity",
            -130.0,
            130.0,
            "°/s",
            ((-100.0, "−100"), (0.0, "0"), (100.0, "100")),
            short_label="velocity",
        ),
        SIDE,
        SIDE,
        _balancing,
        _pole_in_degrees,
        remark="cart at rest at 0",
    ),
    kernel=Kernel(CARTPOLE, _starts),
    brief=Brief(
        goal="Keep the pole on the cart upright by pushing the cart.",
        observation="Position x (m) and velocity v of the cart, angle θ (rad, 0 is upright) and angular "
        "velocity ω of the pole.",
        actions="Push to the left or to the right with 10 N; not to push is no choice.",
        reward="1 for every step.",
        end="The pole leans by more than 12°, the cart is over 2.4 m from the middle, or after 500 steps.",
    ),
    pushed=Pushed(3, "ω", "rad/s", to_the_right=1.0, per_drag=2.0, largest=5.0, observe=lambda state: state),
)
