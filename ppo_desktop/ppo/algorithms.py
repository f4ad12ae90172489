"""The two algorithms of the course, and how each cuts a rollout into gradient steps."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted, grouped


class Algorithm(Labelled):
    """The two algorithms of the course."""

    A2C = "a2c", "A2C"
    PPO = "ppo", "PPO"


@dataclass(frozen=True)
class UpdatePlan:
    """How one rollout of N × T samples is cut into gradient steps: PPO as declared, A2C once and whole."""

    samples: int
    n_epochs: int
    n_minibatches: int

    @property
    def gradient_steps(self) -> int:
        """Gradient steps per update."""
        return self.n_epochs * self.n_minibatches

    @property
    def ratio_is_always_one(self) -> bool:
        """With a single gradient step per rollout the new policy still is the old one: r = 1."""
        return self.gradient_steps == 1


def update_plan(algorithm: Algorithm, hyperparameters: Hyperparameters) -> UpdatePlan:
    """Return how `algorithm` cuts a rollout; raise InvalidHyperparameter for too many minibatches."""
    samples = hyperparameters.samples_per_rollout
    if algorithm is Algorithm.A2C:
        return UpdatePlan(samples, n_epochs=1, n_minibatches=1)
    if hyperparameters.n_minibatches > samples:
        raise InvalidHyperparameter(
            f"{counted(hyperparameters.n_minibatches, 'minibatch', 'minibatches')} cannot be cut from "
            f"{counted(samples, 'sample')} ({hyperparameters.n_envs} × {hyperparameters.rollout_length}): "
            f"lower Minibatches to {samples}, or raise Rollout length or Agents."
        )
    return UpdatePlan(samples, hyperparameters.n_epochs, hyperparameters.n_minibatches)


def arithmetic_sentence(algorithm: Algorithm, hyperparameters: Hyperparameters) -> str:
    """Return the rollout's arithmetic in words.

    Example: "8 agents × 128 steps = 1 024 samples = 4 minibatches × 256, 4 epochs: 16 gradient steps".
    """
    plan = update_plan(algorithm, hyperparameters)
    size = plan.samples / plan.n_minibatches
    can_end_early = algorithm is Algorithm.PPO and hyperparameters.target_kl is not None and plan.n_epochs > 1
    at_most = "at most " if can_end_early else ""
    size_text = grouped(int(size)) if size.is_integer() else f"about {grouped(round(size))}"
    return (
        f"{counted(hyperparameters.n_envs, 'agent')} × "
        f"{counted(hyperparameters.rollout_length, 'step')} = {counted(plan.samples, 'sample')} = "
        f"{counted(plan.n_minibatches, 'minibatch', 'minibatches')} × {size_text}, "
        f"{counted(plan.n_epochs, 'epoch')}: {at_most}{counted(plan.gradient_steps, 'gradient step')}"
    )


def inactive_reason(field: str, algorithm: Algorithm, *, is_discrete: bool | None) -> str:
    """Return why a hyperparameter would change nothing, in a sentence; empty if it would.

    `is_discrete` says whether the environment has discrete actions; None if that is not known.
    """
    if DECLARATIONS[field].ppo_only and algorithm is Algorithm.A2C:
        return "A2C has no use for it."
    if field == "initial_log_std" and is_discrete:
        return "Discrete actions have no standard deviation."
    return ""
