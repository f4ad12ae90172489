"""How much each hyperparameter matters for the objective, and how sure one can be of that."""

from __future__ import annotations

from dataclasses import dataclass

PED_ANOVA, FANOVA, MEAN_DECREASE_IMPURITY = "ped-anova", "fanova", "mdi"
FEWEST_TRIALS = 10
"""Complete trials without which nothing is said."""


@dataclass(frozen=True)
class Evaluator:
    """Somebody who judges importance.

    Attributes:
        label: "PED-ANOVA".
        meaning: What its numbers mean, in a sentence.
        unavailable: Why it cannot be used here; empty where it can.
    """

    label: str
    meaning: str
    unavailable: str = ""


@dataclass(frozen=True)
class Importance:
    """Of one hyperparameter.

    Attributes:
        field: Its name.
        share: Its part of all importance, 0…1.
        low: Low end of the 90 % interval of that share, by bootstrap over trials; nan without one.
        high: High end, likewise.
    """

    field: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Importances:
    """Of all that is searched.

    Attributes:
        evaluator: Who judged, a key of `EVALUATORS`.
        ranked: The most important first.
        n_trials: Complete trials they were judged by.
        note: What one has to know before one believes them; empty where there is nothing.
    """

    evaluator: str
    ranked: tuple[Importance, ...]
    n_trials: int
    note: str
