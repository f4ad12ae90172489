"""How much each hyperparameter matters for the objective, and how sure one can be of that."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

PED_ANOVA, FANOVA, MEAN_DECREASE_IMPURITY = "ped-anova", "fanova", "mdi"
FEWEST_TRIALS = 10
"""Complete trials without which nothing is said."""
TOP_QUANTILE = 0.1
"""PED-ANOVA compares so many of the trials, the best ones, with all; Optuna's own default."""
_NEEDS_SCIKIT_LEARN = (
    "Needs scikit-learn, which is not installed here: pip install scikit-learn, or use PED-ANOVA."
)


@dataclass(frozen=True)
class Evaluator:
    """A way to judge importance.

    Attributes:
        label: "PED-ANOVA".
        meaning: What its numbers mean, in a sentence or two.
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
        share: Its part of all importance, 0…1; all are 0 where the trials do not differ.
        low: Low end of the 90 % interval of that share, by bootstrap over trials; nan without one, as
            long as resampling goes on for the first time.
        high: High end, likewise. The share itself always lies between them.
    """

    field: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Importances:
    """Of all that is searched.

    Attributes:
        evaluator: Name of the evaluator, a key of `evaluators()`.
        ranked: The most important first; empty where the evaluator is not available.
        n_trials: Complete trials there were when they were judged.
        note: What one has to know before one believes them; empty where there is nothing.
        remark: What there is to know besides; likewise.
    """

    evaluator: str
    ranked: tuple[Importance, ...]
    n_trials: int
    note: str
    remark: str = ""


def evaluators() -> dict[str, Evaluator]:
    """Return all evaluators of importance by name, in the order of the menu; Optuna is not loaded for it."""
    reason = "" if find_spec("sklearn") else _NEEDS_SCIKIT_LEARN
    return {
        PED_ANOVA: Evaluator(
            "PED-ANOVA",
            "How differently the best tenth of the trials and all trials are spread along each "
            "hyperparameter: what one has to get right to be among the best. What was hardly varied looks "
            "unimportant.",
        ),
        FANOVA: Evaluator(
            "fANOVA",
            "How much of the objective's variance over the whole space each hyperparameter explains by "
            "itself, in a random forest fitted to the trials; what only matters together with another is "
            "missed. Slow.",
            reason,
        ),
        MEAN_DECREASE_IMPURITY: Evaluator(
            "Mean decrease impurity",
            "How much of the objective's variance goes when a random forest fitted to the trials splits "
            "them by each hyperparameter; those with many different values are favoured.",
            reason,
        ),
    }
