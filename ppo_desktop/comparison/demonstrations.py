"""Ready-made comparisons, in the order of a course: what is worth seeing, and folklore that is not seen.

Every note says what was measured, never more; the numbers are in docs/comparisons.md, and
`tests/benchmarks/demonstrations.py` measures them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ppo_desktop.comparison.measures import (
    FINAL_CLIP_FRACTION,
    FINAL_KL,
    FINAL_RETURN,
    MEAN_RETURN,
    STEPS_TO_THRESHOLD,
)
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    Comparison,
    Configuration,
    Variant,
    field_label,
    opposed,
    varied,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import Hyperparameters

_CARTPOLE = "CartPole-v1"

_B32 = Hyperparameters(rollout_length=32, n_epochs=10, n_minibatches=1, learning_rate=3e-3)
"""8 agents × 32 steps, each rollout in one minibatch."""
_B128 = Hyperparameters(rollout_length=128, n_epochs=10, n_minibatches=4, learning_rate=1e-3)
"""8 agents × 128 steps, in minibatches of 256."""
_ONE_AGENT = Hyperparameters(n_envs=1, n_epochs=10, learning_rate=1e-3)
_PENDULUM = Hyperparameters(n_envs=4, rollout_length=1024, n_epochs=10, n_minibatches=64, learning_rate=1e-3)
_SINGLE_STEPS = Hyperparameters(
    n_envs=1,
    rollout_length=1,
    n_epochs=1,
    n_minibatches=1,
    learning_rate=1e-3,
    gae_lambda=0.0,
    normalize_advantages=False,
)
"""One agent and an update after every step, as on the slide “PPO training loop”."""


@dataclass(frozen=True)
class Demonstration:
    """A comparison that only has to be started.

    Attributes:
        id: What it is known by; it never changes.
        note: One line: what is claimed, and what to look at.
        plan: What is trained, under a title that says what varies.
        measure: Name in `MEASURES` of the result that shows it best.
        reference: Number of the variant that the others are compared with.
        is_folklore: What is often said, and was not seen.
    """

    id: str
    name: str
    note: str
    plan: Comparison
    measure: str = FINAL_RETURN.name
    reference: int = 0
    is_folklore: bool = False

    @property
    def comparison(self) -> Comparison:
        """What is trained, under the demonstration's name."""
        return self.plan.titled(self.name)


def _cartpole(
    base: Hyperparameters, field: str, values: Sequence[Value], n_seeds: int, total_steps: int
) -> Comparison:
    return varied(_CARTPOLE, Algorithm.PPO, base, field, values, n_seeds, total_steps)


def _coupled(
    base: Hyperparameters, field: str, minibatches: Mapping[int, int], n_seeds: int, total_steps: int
) -> Comparison:
    """Return the comparison of the sizes of a rollout, {value: minibatches it is cut into}.

    The number of minibatches goes with the rollout, so that gradient steps keep their samples.
    """
    variants = tuple(
        Variant(
            field,
            value,
            Algorithm.PPO,
            base.changed({field: value, "n_minibatches": number}).with_budget(total_steps),
        )
        for value, number in minibatches.items()
    )
    title = f"{field_label(field)} on {_CARTPOLE}"
    return Comparison(title, _CARTPOLE, field, variants, n_seeds, total_steps)


def _ratio_one() -> Comparison:
    once = _B32.changed({"n_epochs": 1})
    configurations = [Configuration("A2C", Algorithm.A2C, once)]
    for epsilon in (0.02, 0.2, 0.9):
        values = once.changed({"clip_range": epsilon})
        configurations.append(Configuration(f"PPO, ε {epsilon}", Algorithm.PPO, values))
    return opposed(_CARTPOLE, configurations, n_seeds=3, total_steps=50_000)


def _batches_alone() -> Comparison:
    batches = _SINGLE_STEPS.changed({"rollout_length": 128})
    ppo = _ONE_AGENT.changed({"n_minibatches": 2})
    configurations = (
        Configuration("single steps", Algorithm.A2C, _SINGLE_STEPS),
        Configuration("batches of 128", Algorithm.A2C, batches),
        Configuration("PPO with GAE", Algorithm.PPO, ppo),
    )
    return opposed(_CARTPOLE, configurations, n_seeds=5, total_steps=30_000)


DEMONSTRATIONS: tuple[Demonstration, ...] = (
    Demonstration(
        "ratio_one",
        "Ratio = 1",
        "At the one gradient step all ratios are 1: A2C and PPO learn alike. After it the largest exceeds 1.",
        _ratio_one(),
    ),
    Demonstration(
        "clip_or_none",
        "Reusing data with and without the clip",
        "Ten epochs on each rollout: with the clip CartPole is learnt, without it the policy is torn apart.",
        _cartpole(_B32, "clip_range", (0.2, None), 5, 60_000),
    ),
    Demonstration(
        "clip_range",
        "Clip range ε",
        "From 0.02 to 0.4 CartPole is learnt; with 0.8 or no clip return and entropy stay low.",
        _cartpole(_B32, "clip_range", (0.02, 0.1, 0.2, 0.4, 0.8, None), 8, 50_000),
        reference=2,
    ),
    Demonstration(
        "small_clip_range",
        "A small ε is slow, not fatal",
        "With ε 0.02 CartPole is solved too, but it takes one and a half times the steps of ε 0.2.",
        _cartpole(_B128.changed({"n_epochs": 20}), "clip_range", (0.02, 0.05, 0.2), 3, 120_000),
        measure=STEPS_TO_THRESHOLD.name,
        reference=2,
    ),
    Demonstration(
        "clip_fraction",
        "A low clip fraction is not safety",
        "The wider ε, the fewer ratios are clipped, while KL and largest ratio grow: see the table.",
        _cartpole(_B32.changed({"n_epochs": 4}), "clip_range", (0.02, 0.2, 0.8), 5, 50_000),
        measure=FINAL_CLIP_FRACTION.name,
        reference=1,
    ),
    Demonstration(
        "target_kl",
        "Target KL as a brake",
        "With ε 0.8 and 20 epochs the brake keeps KL near 0.05, not 2 nats. No better return was seen.",
        _cartpole(_B32.changed({"clip_range": 0.8, "n_epochs": 20}), "target_kl", (0.02, None), 8, 100_000),
        measure=FINAL_KL.name,
        reference=1,
    ),
    Demonstration(
        "epochs",
        "Epochs",
        "The more often each rollout is used, the sooner CartPole is learnt: from 1 epoch to 40.",
        _cartpole(_B128, "n_epochs", (1, 4, 10, 40), 3, 50_000),
        measure=MEAN_RETURN.name,
        reference=2,
    ),
    Demonstration(
        "a2c_or_ppo",
        "A2C against PPO at a high learning rate",
        "With α 0.01 PPO learns CartPole and A2C stays far below.",
        _cartpole(_B32.changed({"learning_rate": 1e-2}), ALGORITHM, ("a2c", "ppo"), 5, 100_000),
        reference=1,
    ),
    Demonstration(
        "learning_rate",
        "Learning rate α",
        "1e-5 hardly learns in 50 000 steps, 1e-3 and 1e-2 do, and 1e-1 collapses with every seed.",
        _cartpole(_B128, "learning_rate", (1e-5, 1e-4, 1e-3, 1e-2, 1e-1), 3, 50_000),
        reference=2,
    ),
    Demonstration(
        "rollout_length",
        "Rollout length with one agent",
        "Rollouts of 4 steps end far below 128, and with 10 some seeds fail: look at the single seeds.",
        _coupled(_ONE_AGENT, "rollout_length", {4: 1, 10: 1, 128: 2, 2048: 32}, 8, 40_000),
        reference=2,
    ),
    Demonstration(
        "agents",
        "Agents",
        "Equal samples for all: 1 and 2 agents learn more slowly than 8, and 32 start later still.",
        _coupled(_B128, "n_envs", {1: 1, 2: 2, 8: 8, 32: 32}, 8, 60_000),
        measure=MEAN_RETURN.name,
        reference=2,
    ),
    Demonstration(
        "gae_lambda",
        "GAE λ",
        "λ = 0, the one-step TD error, learns slowly; from 0.5 to 1 no difference can be seen.",
        _cartpole(_B128, "gae_lambda", (0.0, 0.5, 0.8, 0.95, 1.0), 5, 25_000),
        measure=MEAN_RETURN.name,
        reference=3,
    ),
    Demonstration(
        "entropy_bonus",
        "Entropy bonus too large",
        "The larger the bonus, the nearer the entropy stays to its ceiling, and the lower the return.",
        _cartpole(_B32, "entropy_coef", (0.0, 0.1, 0.5, 2.0), 5, 50_000),
    ),
    Demonstration(
        "discount",
        "Discount γ on Pendulum",
        "After 60 000 steps γ 0.9 swings up and 0.99 does not yet; it learns too, but later.",
        varied("Pendulum-v1", Algorithm.PPO, _PENDULUM, "gamma", (0.9, 0.95, 0.99), 5, 60_000),
    ),
    Demonstration(
        "batches_alone",
        "Folklore: batches alone are enough",
        "Batches alone show no clear gain over single steps; with GAE and epochs CartPole is learnt.",
        _batches_alone(),
        is_folklore=True,
    ),
    Demonstration(
        "many_epochs",
        "Folklore: many epochs hurt",
        "With ε 0.2 the opposite is seen: 20 and 40 epochs learn faster than 10, and all end at 500.",
        _cartpole(_B128, "n_epochs", (10, 20, 40), 3, 100_000),
        measure=MEAN_RETURN.name,
        is_folklore=True,
    ),
    Demonstration(
        "short_rollouts",
        "Folklore: short rollouts hurt",
        "With 8 agents, 4 and 16 steps show no difference to 128 and 32 is a little worse: no trend.",
        _coupled(_B128, "rollout_length", {4: 1, 16: 1, 32: 1, 128: 4}, 8, 60_000),
        measure=MEAN_RETURN.name,
        reference=3,
        is_folklore=True,
    ),
    Demonstration(
        "small_entropy_bonus",
        "Folklore: a small entropy bonus helps",
        "Bonuses of 0.001 and 0.01 beside none: ten seeds show no gain.",
        _cartpole(_B32, "entropy_coef", (0.0, 1e-3, 1e-2), 10, 50_000),
        measure=MEAN_RETURN.name,
        is_folklore=True,
    ),
    Demonstration(
        "long_training",
        "Folklore: long training collapses",
        "After 500 000 steps none has collapsed; with α 3e-3 four of five fell back on the way, 1e-3 none.",
        _cartpole(_B32, "learning_rate", (1e-3, 3e-3), 5, 500_000),
        is_folklore=True,
    ),
)
"""In the order of the menu."""


def demonstration_of(comparison: Comparison) -> Demonstration | None:
    """Return the ready-made comparison that this is, whatever it is called and however many seeds it has."""
    asked = comparison.titled("").with_seeds(1)
    return next((one for one in DEMONSTRATIONS if one.plan.titled("").with_seeds(1) == asked), None)


def claim_of(comparison: Comparison) -> str:
    """Return what is claimed of a ready-made comparison, with its title; nothing of any other."""
    ready_made = demonstration_of(comparison)
    return "" if ready_made is None else f"{comparison.title}: {ready_made.note}"
