"""What a study says so far, put together for the figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ppo_desktop.study.contour import Contour, contour
from ppo_desktop.study.importance import PED_ANOVA, Importances, Judge
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState, comparable_trials


@dataclass(frozen=True)
class StudyQuestion:
    """What is asked of a study.

    Attributes:
        evaluator: Name of the evaluator of importance, a key of `importance.evaluators()`.
        contour: The two hyperparameters of the contour, horizontal first; None where one only is searched.
    """

    evaluator: str = PED_ANOVA
    contour: tuple[str, str] | None = None


@dataclass(frozen=True)
class StudyDigest:
    """What a study says as of a moment.

    Attributes:
        trials: Every trial, by number.
        best: The complete trial with the highest objective, the earliest of equals; None without any.
        runner_up: The next best with other values; None without any.
        best_so_far: (trial number, highest objective of complete trials up to it), at each improvement.
        importances: How much each hyperparameter matters; None while there are too few trials.
        contour: The objective over two hyperparameters; None while there are too few trials.
        is_settled: Whether asking again with the same trials would say the same: intervals of importances
            are resampled little by little, each time it is asked.
    """

    plan: StudyPlan
    question: StudyQuestion
    trials: tuple[TrialRecord, ...]
    best: TrialRecord | None
    runner_up: TrialRecord | None
    best_so_far: tuple[tuple[int, float], ...]
    importances: Importances | None
    contour: Contour | None
    is_settled: bool = True

    @cached_property
    def finished(self) -> tuple[TrialRecord, ...]:
        """Every trial of which nothing more will come, by number."""
        return tuple(trial for trial in self.trials if trial.state.is_finished)

    def shows_the_same_trials_as(self, other: StudyDigest | None) -> bool:
        """Whether another digest has the same finished trials, and the same map of them.

        Running ones may have gone on meanwhile, and importances may be known better.
        """
        return (
            other is not None
            and self.contour is other.contour
            and len(self.trials) == len(other.trials)
            and self.plan == other.plan
            and self.finished == other.finished
        )


def load_evaluators() -> None:
    """Load what judges importance, which takes a second or two, so that it need not be waited for later."""
    from ppo_desktop.study import optuna_importance  # noqa: F401


class StudyDigester:
    """Answers questions about one study; what has not changed is not computed again.

    One answer takes about a twentieth of a second while importances are resampled, else some milliseconds.
    """

    def __init__(self, plan: StudyPlan) -> None:
        self._plan = plan
        self._judge = Judge(plan)
        self._contour: Contour | None = None
        self._contour_of: object = None

    def digest(self, trials: Iterable[TrialRecord], question: StudyQuestion) -> StudyDigest:
        """Return what the trials say; what is asked for and not searched is left out."""
        by_number = tuple(sorted(trials, key=lambda trial: trial.number))
        complete = [trial for trial in by_number if trial.is_complete]
        best = best_trial(complete)
        used = comparable_trials(self._plan, complete)
        n_pruned = sum(trial.state is TrialState.PRUNED for trial in by_number)
        importances, is_settled = self._judge.judge(used, n_pruned, question.evaluator)
        return StudyDigest(
            self._plan,
            question,
            by_number,
            best,
            runner_up(complete, best),
            _best_so_far(complete),
            importances,
            self._map(used, question),
            is_settled,
        )

    def _map(self, used: Sequence[TrialRecord], question: StudyQuestion) -> Contour | None:
        if question.contour is None:
            return None
        basis = (question.contour, tuple((trial.number, trial.objective) for trial in used))
        if basis != self._contour_of:
            self._contour, self._contour_of = contour(self._plan, used, question.contour), basis
        return self._contour


def best_trial(complete: Iterable[TrialRecord]) -> TrialRecord | None:
    """Return the trial with the highest objective, the earliest of equals."""
    return max(complete, key=_objective, default=None)


def runner_up(complete: Iterable[TrialRecord], best: TrialRecord | None) -> TrialRecord | None:
    """Return the next best trial with other values than the best; None without any."""
    return best_trial(trial for trial in complete if best is not None and trial.values != best.values)


def _best_so_far(complete: Iterable[TrialRecord]) -> tuple[tuple[int, float], ...]:
    steps: list[tuple[int, float]] = []
    for trial in complete:
        if not steps or _objective(trial) > steps[-1][1]:
            steps.append((trial.number, _objective(trial)))
    return tuple(steps)


def _objective(trial: TrialRecord) -> float:
    assert trial.objective is not None
    return trial.objective
