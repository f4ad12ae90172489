"""Ready-made maps, each with the question that it answers."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.study.dimension import Dimension

_CARTPOLE = "CartPole-v1"


@dataclass(frozen=True)
class ReadyMap:
    """A map that only has to be started.

    Attributes:
        id: What it is known by; it never changes.
        question: What is asked, in a sentence.
        axes: The values across and up.
        measure: Name in `MEASURES` of what shows it best.
    """

    id: str
    question: str
    axes: tuple[Dimension, Dimension]
    environment_id: str = _CARTPOLE
    n_seeds: int = 2
    total_steps: int = 30_000
    measure: str = FINAL_RETURN.name


READY_MAPS = (
    ReadyMap(
        "clip-range-and-learning-rate",
        "Which learning rates does clipping make safe?",
        (
            Dimension("clip_range", values=(0.05, 0.1, 0.2, 0.4, 0.8, None)),
            Dimension("learning_rate", 1e-4, 3e-2, 7),
        ),
    ),
    ReadyMap(
        "epochs-and-rollout-length",
        "How often may one rollout be used?",
        (Dimension("n_epochs", 1, 20, 6), Dimension("rollout_length", 16, 512, 6)),
    ),
)
"""In the order in which they are offered."""
