"""Whether the best trial is better with seeds it was not chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ppo_desktop.ppo.declaration import Value

FRESH_SEEDS = 10
FIRST_FRESH_SEED = 1001
"""Seeds of a check begin here, far from those of trials."""


@dataclass(frozen=True)
class Candidate:
    """Values that are checked.

    Attributes:
        name: "best", "runner-up", "default".
        trial: Number of the trial; None for the default, which need not have been one.
        values: {hyperparameter: value} of the space.
    """

    name: str
    trial: int | None
    values: Mapping[str, Value]


@dataclass(frozen=True)
class CheckedCandidate:
    """What fresh seeds say of a candidate.

    Attributes:
        candidate: Which.
        objectives: What is maximised, of each fresh seed that has ended, in the order of seeds.
        mean: Their mean; nan before any.
        low: Low end of the 95 % bootstrap interval of the mean.
        high: High end.
    """

    candidate: Candidate
    objectives: tuple[float, ...]
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class CheckResult:
    """What fresh seeds say.

    Attributes:
        checked: The candidates, best first.
        n_seeds: How many fresh seeds were wanted.
        is_complete: Whether all of them have ended.
        sentences: Whether the differences are real, in words.
    """

    checked: tuple[CheckedCandidate, ...]
    n_seeds: int
    is_complete: bool
    sentences: tuple[str, ...]
