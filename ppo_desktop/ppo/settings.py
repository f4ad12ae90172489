"""What makes a run: environment, algorithm, hyperparameters and seed."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import Hyperparameters

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class RunSettings:
    """Everything that decides how a run goes: equal settings give the same run on one machine.

    Raises:
        InvalidHyperparameter: The parts contradict each other.
    """

    environment_id: str
    algorithm: Algorithm
    hyperparameters: Hyperparameters
    seed: int

    def __post_init__(self) -> None:
        update_plan(self.algorithm, self.hyperparameters)
        if not 0 <= self.seed <= LARGEST_SEED:
            raise InvalidHyperparameter(
                f"Seed is {self.seed}, but must be a whole number from 0 to {LARGEST_SEED}."
            )
