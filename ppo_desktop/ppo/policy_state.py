"""The state of a policy, and of a whole run, at one moment: copies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.settings import RunSettings

AdamMoments = dict[str, NDArray[np.float32]]
"""Adam's state by name, copied."""


def sha256_of(parameters: NDArray[np.float32]) -> str:
    """Return the fingerprint of all parameters, policy first."""
    return hashlib.sha256(parameters.tobytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class PolicyState:
    """What acting needs: parameters of both networks, policy first, and statistics of the observations."""

    parameters: NDArray[np.float32]
    observations: RunningStatistics


@dataclass(frozen=True, eq=False)
class Snapshot(PolicyState):
    """What learning needs to go on from there, too: Adam's state, and statistics that scale the rewards."""

    moments: AdamMoments
    rewards: RunningStatistics

    @classmethod
    def of_nothing(cls, n_observations: int, n_parameters: int) -> Self:
        """Return one that has learnt and seen nothing, of networks of this size."""
        return cls(
            np.zeros(n_parameters, np.float32),
            RunningStatistics.of_nothing(n_observations),
            moments={},
            rewards=RunningStatistics.of_nothing(1),
        )


@dataclass(frozen=True, eq=False)
class PolicyMoment:
    """What a run acts with at one moment.

    Attributes:
        settings: What made the run.
        update: Updates finished.
        steps: Environment steps so far.
        is_within_update: Whether gradient steps of the next update have been taken already.
        hyperparameters: The values in force.
        policy: A copy.
        doubt: Why it may be another one than was kept, in one line; empty where it is not.
        file: The name of the file it is from; then it is of no run that is known: the seed, the update and
            how it has learnt mean nothing. Empty where it is of a run.
    """

    settings: RunSettings
    update: int
    steps: int
    is_within_update: bool
    hyperparameters: Hyperparameters
    policy: PolicyState
    doubt: str = ""
    file: str = ""
