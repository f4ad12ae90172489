"""Settings known to learn, per environment. The first of an environment is its default."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields


@dataclass(frozen=True)
class Preset:
    """A named starting point.

    Attributes:
        id: What files and scripts know it by; it never changes, and no other of its environment has it.
        name: What the user chooses.
        note: One line on what it is good for.
        hyperparameters: The values.
        former_name: What it was called in an earlier version, as files and scripts may call it still.
    """

    id: str
    name: str
    note: str
    hyperparameters: Hyperparameters
    former_name: str = ""


_GENERAL = Preset(
    "standard",
    "Standard",
    "Common starting values; good for a first try on any environment.",
    Hyperparameters(rollout_length=256, n_epochs=10, n_minibatches=8),
)

_PRESETS: dict[str, tuple[Preset, ...]] = {
    "CartPole-v1": (
        Preset(
            "demonstration",
            "Demonstration",
            "Learns in seconds and shows the effect of every slider.",
            Hyperparameters(
                rollout_length=32,
                n_epochs=10,
                n_minibatches=1,
                learning_rate=2e-3,
                gamma=0.98,
                gae_lambda=0.8,
            ),
        ),
        Preset(
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
        ),
        Preset(
            "stepwise",
            "Stepwise",
            "As on the slide “PPO training loop”: at an update's only step every ratio is 1, ε does nothing.",
            Hyperparameters(
                rollout_length=1, n_envs=1, n_epochs=1, n_minibatches=1, gae_lambda=0.0, learning_rate=1e-3
            ),
            former_name="Stepwise, as on the slides",
        ),
    ),
    "Acrobot-v1": (
        Preset(
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
        ),
    ),
    "MountainCar-v0": (
        Preset(
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
        ),
    ),
    "MountainCarContinuous-v0": (
        Preset(
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
        ),
    ),
    "Pendulum-v1": (
        Preset(
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
        ),
    ),
    "GridWorld-v0": (
        Preset(
            "standard",
            "Standard",
            "Finds the shortest way from every cell within about 30 000 steps.",
            Hyperparameters(
                n_envs=16,
                rollout_length=64,
                n_epochs=10,
                learning_rate=5e-4,
                gamma=0.9,
                entropy_coef=0.02,
                activation="relu",
            ),
        ),
    ),
}


def presets_for(environment_id: str) -> tuple[Preset, ...]:
    """Return the presets of an environment; one general preset for an unknown one."""
    return _PRESETS.get(environment_id, (_GENERAL,))


def preset_with_id(environment_id: str, preset_id: str) -> Preset | None:
    """Return the preset of an environment that has this id; None without one."""
    return next((one for one in presets_for(environment_id) if one.id == preset_id), None)


def preset_named(environment_id: str, name: str) -> Preset | None:
    """Return the preset of an environment that has this id or name, or once had it; None without one."""
    presets = presets_for(environment_id)
    return next((one for one in presets if name and name in (one.id, one.name, one.former_name)), None)


def described(environment_id: str, hyperparameters: Hyperparameters, ignored: Collection[str] = ()) -> str:
    """Return settings in words: the preset that is nearest to them, and what differs from it.

    Examples: "Demonstration"; "Demonstration with ε = off, γ = 0.99".

    Args:
        environment_id: The environment.
        hyperparameters: The settings.
        ignored: Hyperparameters that do not count.
    """
    found = [
        (
            preset,
            [name for name in changed_fields(preset.hyperparameters, hyperparameters) if name not in ignored],
        )
        for preset in presets_for(environment_id)
    ]
    nearest, names = min(found, key=lambda preset_and_names: len(preset_and_names[1]))
    differing = ", ".join(
        f"{DECLARATIONS[name].short_name} = {DECLARATIONS[name].format(getattr(hyperparameters, name))}"
        for name in names
    )
    return f"{nearest.name} with {differing}" if differing else nearest.name
