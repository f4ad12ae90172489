"""How much each hyperparameter matters for the objective, and how sure one can be of that."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import counted, grouped, listed
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from ppo_desktop.study.optuna_importance import Evaluation

PED_ANOVA, FANOVA, MEAN_DECREASE_IMPURITY = "ped-anova", "fanova", "mdi"
FEWEST_TRIALS = 10
"""Complete trials without which nothing is said."""
TOP_QUANTILE = 0.1
"""PED-ANOVA compares so many of the trials, the best ones, with all; Optuna's own default."""
_NEEDS_SCIKIT_LEARN = (
    "Needs scikit-learn, which is not installed here: pip install scikit-learn, or use PED-ANOVA."
)


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


def evaluators() -> dict[str, Option]:
    """Return all evaluators of importance by name, in the order of the menu; Optuna is not loaded for it."""
    reason = "" if find_spec("sklearn") else _NEEDS_SCIKIT_LEARN
    return {
        PED_ANOVA: Option(
            "PED-ANOVA",
            "How differently the best tenth of the trials and all trials are spread along each "
            "hyperparameter: what one has to get right to be among the best. What was hardly varied looks "
            "unimportant.",
        ),
        FANOVA: Option(
            "fANOVA",
            "How much of the objective's variance over the whole space each hyperparameter explains by "
            "itself, in a random forest fitted to the trials; what only matters together with another is "
            "missed. Slow.",
            reason,
        ),
        MEAN_DECREASE_IMPURITY: Option(
            "Mean decrease impurity",
            "How much of the objective's variance goes when a random forest fitted to the trials splits "
            "them by each hyperparameter; those with many different values are favoured.",
            reason,
        ),
    }


CONFIDENCE = 0.9
SECONDS_AT_A_TIME = 0.03
"""After so long resampling rests until it is asked again: the window needs the interpreter, too."""
_SEED = 0
"""Everything random is drawn anew from here: the same trials give the same importances."""

TrialKey = tuple[tuple[int, float], ...]


class Effort(NamedTuple):
    """What an evaluator is allowed to cost.

    Attributes:
        most_trials: It judges by; of more trials so many are drawn at random.
        n_trees: Of its random forest; 0 without one.
        n_resamples: For its intervals.
    """

    most_trials: int
    n_trees: int
    n_resamples: int


EFFORTS = {
    PED_ANOVA: Effort(2_000, 0, 100),
    MEAN_DECREASE_IMPURITY: Effort(1_000, 32, 40),
    FANOVA: Effort(100, 16, 20),
}


class Judge:
    """Judges the importance of what one study searches.

    Each time it is asked it goes on resampling for some hundredths of a second. Trials that end in the
    meantime are considered when it is done: shares and intervals are always of the same trials.
    """

    def __init__(self, plan: StudyPlan) -> None:
        self._plan = plan
        self._evaluator = ""
        self._evaluation: Evaluation | None = None
        self._frozen: dict[int, FrozenTrial] = {}
        self._going_on: _Judgement | None = None
        self._done: _Judgement | None = None

    def judge(
        self, judged: Sequence[TrialRecord], n_pruned: int, evaluator: str
    ) -> tuple[Importances | None, bool]:
        """Return the importances, and whether asking again with the same trials would not change them.

        There are none while there are too few `comparable_trials`, given by number, and no intervals while
        they are resampled for the first time. So many others have been left out because they were pruned.
        """
        if len(judged) < FEWEST_TRIALS:
            return None, True
        if reason := evaluators()[evaluator].unavailable:
            return Importances(evaluator, (), len(judged), reason), True
        if evaluator != self._evaluator:
            self._choose(evaluator)
        key = tuple((trial.number, trial.objective or 0.0) for trial in judged)
        if self._done is None or self._done.key != key:
            self._go_on(key, judged)
        shown = self._done or self._going_on
        assert shown is not None
        return self._importances_of(shown, n_pruned), shown is self._done and shown.key == key

    def _choose(self, evaluator: str) -> None:
        with LOADING:
            from ppo_desktop.study.optuna_importance import Evaluation
        self._evaluator, self._going_on, self._done = evaluator, None, None
        self._evaluation = Evaluation(self._plan, evaluator, EFFORTS[evaluator].n_trees, _SEED)

    def _go_on(self, key: TrialKey, judged: Sequence[TrialRecord]) -> None:
        deadline = time.perf_counter() + SECONDS_AT_A_TIME
        if self._going_on is None:
            assert self._evaluation is not None
            frozen = [self._freeze(trial) for trial in judged]
            self._going_on = _Judgement(key, frozen, self._evaluation, self._evaluator, len(self._plan.space))
        self._going_on.go_on(deadline)
        if self._going_on.is_done:
            self._done, self._going_on = self._going_on, None

    def _freeze(self, trial: TrialRecord) -> FrozenTrial:
        """Return a trial as Optuna knows it; made once, for complete trials stay as they are."""
        known = self._frozen.get(trial.number)
        if known is None or known.value != trial.objective:
            assert self._evaluation is not None
            known = self._frozen[trial.number] = self._evaluation.freeze(trial)
        return known

    def _importances_of(self, judgement: _Judgement, n_pruned: int) -> Importances:
        low, high = judgement.interval()
        fields = self._plan.fields
        ranked = tuple(
            Importance(fields[place], float(judgement.shares[place]), float(low[place]), float(high[place]))
            for place in judgement.order
        )
        basis = Basis(self._evaluator, len(judgement.key), judgement.size, n_pruned)
        rivals = [fields[place] for place in judgement.rivals()]
        doubts = importance_note(self._plan, basis, ranked, rivals)
        return Importances(self._evaluator, ranked, basis.n_trials, doubts, remark(basis))


class _Judgement:
    """What one evaluator says of one set of trials, as far as it has been resampled.

    Attributes:
        key: Number and objective of each trial.
        size: How many of them each judgement is made by.
        shares: Of each hyperparameter, as in the plan, (D,); all 0 where the trials do not differ.
    """

    def __init__(
        self, key: TrialKey, trials: Sequence[FrozenTrial], evaluation: Evaluation, evaluator: str, width: int
    ) -> None:
        self.key = key
        self._trials = trials
        self._objectives = np.array([objective for _, objective in key])
        self._evaluation = evaluation
        self._effort = EFFORTS[evaluator]
        self._top = TOP_QUANTILE if evaluator == PED_ANOVA else 0.0
        self._width = width
        self._random = np.random.default_rng(_SEED)
        self._samples: list[Doubles] = []
        self.size = min(len(trials), self._effort.most_trials)
        self.shares = self._judge(self._random.choice(len(trials), self.size, replace=False))

    @property
    def is_done(self) -> bool:
        """Whether there are enough resamples."""
        return len(self._samples) == self._effort.n_resamples

    @property
    def order(self) -> list[int]:
        """Places of the hyperparameters in the plan, the most important first."""
        return sorted(range(self._width), key=lambda place: -self.shares[place])

    def go_on(self, deadline: float) -> None:
        """Draw trials with replacement and judge by them: once, and on until `time.perf_counter` is there."""
        while not self.is_done:
            self._samples.append(self._judge(self._random.integers(len(self._trials), size=self.size)))
            if time.perf_counter() > deadline:
                return

    def interval(self) -> tuple[Doubles, Doubles]:
        """Return both ends of each share's percentile interval, made wide enough to hold the share itself."""
        if not self.is_done:
            return np.full(self._width, math.nan), np.full(self._width, math.nan)
        ends = np.quantile(self._samples, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
        return np.minimum(ends[0], self.shares), np.maximum(ends[1], self.shares)

    def rivals(self) -> list[int]:
        """Return what the first is not ahead of in 95 % of the resamples, in order; none before the end."""
        if not self.is_done or not self.shares.any():
            return []
        first, *others = self.order
        samples = np.array(self._samples)
        enough = (1 + CONFIDENCE) / 2
        return [place for place in others if (samples[:, first] > samples[:, place]).mean() < enough]

    def _judge(self, drawn: NDArray[np.int64]) -> Doubles:
        """Return the shares by some of the trials."""
        if not self._can_be_told_apart(self._objectives[drawn]):
            return np.zeros(self._width)
        return self._evaluation.shares([self._trials[place] for place in drawn])

    def _can_be_told_apart(self, objectives: Doubles) -> bool:
        """Whether not all are as good as the best, or as the best tenth where that is what is compared."""
        n_best = max(1, math.ceil(self._top * len(objectives)))
        return bool(objectives.min() < np.sort(objectives)[-n_best])


TRIALS_PER_HYPERPARAMETER = 10
"""Complete trials without which even a clear order may be chance."""
TRIALS_OF_PED_ANOVA = 50
"""Likewise: Optuna wants at least five among the best tenth."""


class Basis(NamedTuple):
    """What importances were judged by.

    Attributes:
        n_trials: Complete trials there were.
        n_drawn: Those of them that each judgement was made by.
        n_pruned: Trials that were left out because they were pruned.
    """

    evaluator: str
    n_trials: int
    n_drawn: int
    n_pruned: int


def importance_note(
    plan: StudyPlan, basis: Basis, ranked: Sequence[Importance], rivals: Sequence[str]
) -> str:
    """Return what has to be said, the weightiest first; empty if there is nothing.

    The most important is ranked first; by resampling its rivals may matter as much.
    """
    if not any(importance.share for importance in ranked):
        return _nothing(basis)
    if len(ranked) == 1:
        return "Only one hyperparameter is searched, so all of the importance is its own."
    return " ".join(filter(None, [_too_few(plan, basis), _unsettled(plan, ranked, rivals)]))


def remark(basis: Basis) -> str:
    """Return what they were judged by, where that is not all trials; else nothing."""
    return " ".join(filter(None, [_drawn(basis), _pruned(basis)]))


def _nothing(basis: Basis) -> str:
    if basis.evaluator == PED_ANOVA:
        return "The best trials do not stand out from the others: too many have the same objective."
    return (
        f"All {grouped(basis.n_trials)} complete trials have the same objective, so that nothing stands out."
    )


def _too_few(plan: StudyPlan, basis: Basis) -> str:
    wanted = TRIALS_PER_HYPERPARAMETER * len(plan.space)
    if basis.evaluator == PED_ANOVA:
        wanted = max(wanted, TRIALS_OF_PED_ANOVA)
    if basis.n_trials >= wanted:
        return ""
    return (
        f"Only {counted(basis.n_trials, 'complete trial')}: the shares may be chance; "
        f"have at least {grouped(wanted)} before you believe them."
    )


def _unsettled(plan: StudyPlan, ranked: Sequence[Importance], rivals: Sequence[str]) -> str:
    if not rivals:
        return ""
    names = [plan.dimension(field).declaration.short_name for field in (ranked[0].field, *rivals)]
    if len(names) == 2:
        return f"The order of {listed(names)} is not settled."
    return f"Which of {listed(names)} matters most is not settled."


def _drawn(basis: Basis) -> str:
    if basis.n_drawn == basis.n_trials:
        return ""
    label = evaluators()[basis.evaluator].label
    return f"{label} takes long: judged by {grouped(basis.n_drawn)} trials drawn at random."


def _pruned(basis: Basis) -> str:
    if not basis.n_pruned:
        return ""
    are = "is" if basis.n_pruned == 1 else "are"
    return f"{counted(basis.n_pruned, 'pruned trial')} {are} left out."
