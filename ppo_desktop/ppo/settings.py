"""What makes a run: environment, algorithm, hyperparameters and seed; values that change meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.declaration import Applies, InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields

FIRST_SEED = 1
"""Of a run whose seed nobody has chosen."""
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class RunSettings:
    """Everything that decides how a run goes: equal settings give the same run on one machine.

    InvalidHyperparameter says that the parts contradict each other.
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


class LiveHyperparameters:
    """The values in force, and those wanted: each is taken over at its own boundary (`Applies`)."""

    def __init__(self, algorithm: Algorithm, hyperparameters: Hyperparameters) -> None:
        self._algorithm = algorithm
        self.in_force = self.wanted = hyperparameters

    def want(self, hyperparameters: Hyperparameters) -> None:
        """Let `hyperparameters` be taken over.

        Raises InvalidHyperparameter where no rollout can be cut into so many minibatches; nothing changes.
        """
        update_plan(self._algorithm, hyperparameters)
        self.wanted = hyperparameters

    def take_over(self, boundary: Applies) -> dict[str, tuple[Value, Value]]:
        """Put the wanted values in force whose moment has come; return {name: (old, new)}."""
        if self.wanted is self.in_force:
            return {}  # as nearly always; this is asked before every gradient step
        due = {
            name: change
            for name, change in changed_fields(self.in_force, self.wanted).items()
            if _is_due(DECLARATIONS[name].applies, boundary)
        }
        if due:
            in_force = self.in_force.changed({name: new for name, (_, new) in due.items()})
            self.in_force = self.wanted if in_force == self.wanted else in_force
        return due


def _is_due(applies: Applies, boundary: Applies) -> bool:
    """Whether a value may be taken over: what may change between minibatches may between rollouts."""
    return applies is boundary or (boundary is Applies.NEXT_ROLLOUT and applies is Applies.NEXT_MINIBATCH)
