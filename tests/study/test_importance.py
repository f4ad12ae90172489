"""Importances are those of known functions, as sure as trials make them, and the same each time."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from ppo_desktop.study import importance
from ppo_desktop.study.importance import (
    FANOVA,
    FEWEST_TRIALS,
    MEAN_DECREASE_IMPURITY,
    PED_ANOVA,
    Effort,
    Importance,
    Importances,
    evaluators,
)
from ppo_desktop.study.study_digest import StudyDigester, StudyQuestion
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.judged_trials import drawn, searched, settled

PLAN = searched("clip_range", "learning_rate", "rollout_length", "activation")
EVERYBODY = (PED_ANOVA, FANOVA, MEAN_DECREASE_IMPURITY)


def judged(trials: Sequence[TrialRecord], evaluator: str = PED_ANOVA, plan: StudyPlan = PLAN) -> Importances:
    importances = settled(StudyDigester(plan), trials, StudyQuestion(evaluator)).importances
    assert importances is not None
    return importances


def by_field(importances: Importances) -> dict[str, Importance]:
    return {importance.field: importance for importance in importances.ranked}


def rate_alone(at: Mapping[str, float]) -> float:
    return -((at["learning_rate"] - 0.7) ** 2)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge by fewer trees and resamples."""
    efforts = {
        PED_ANOVA: Effort(2000, 0, 30),
        FANOVA: Effort(50, 4, 4),
        MEAN_DECREASE_IMPURITY: Effort(1000, 8, 8),
    }
    monkeypatch.setattr(importance, "EFFORTS", efforts)


@pytest.mark.parametrize("evaluator", EVERYBODY)
def test_what_alone_decides_has_nearly_all_importance(evaluator: str) -> None:
    importances = judged(drawn(PLAN, 100, rate_alone, noise=0.01), evaluator)
    first, *others = importances.ranked
    assert first.field == "learning_rate"
    assert first.share > 0.8
    assert first.low > max(other.high for other in others)
    assert all(other.low < 0.02 for other in others)
    assert sum(known.share for known in importances.ranked) == pytest.approx(1.0)
    assert [known.share for known in importances.ranked] == sorted(
        (known.share for known in importances.ranked), reverse=True
    )
    assert "not settled" not in importances.note


@pytest.mark.parametrize("evaluator", EVERYBODY)
def test_a_choice_that_decides_is_found_among_numbers(evaluator: str) -> None:
    trials = drawn(PLAN, 80, lambda at: float(at["activation"] > 0.5), noise=0.1)
    assert judged(trials, evaluator).ranked[0].field == "activation"


def test_two_that_matter_alike_are_not_put_in_an_order() -> None:
    trials = drawn(PLAN, 200, lambda at: -abs(at["clip_range"] - 0.5) - abs(at["learning_rate"] - 0.5))
    importances = judged(trials, MEAN_DECREASE_IMPURITY)
    assert {known.field for known in importances.ranked[:2]} == {"clip_range", "learning_rate"}
    assert importances.note in (
        "The order of ε and α is not settled.",
        "The order of α and ε is not settled.",
    )


def test_of_pure_noise_nobody_knows_what_matters() -> None:
    importances = judged(drawn(PLAN, 60, lambda _: 0.0, noise=1.0))
    assert importances.note.endswith("not settled.")
    assert all(known.low < 0.3 for known in importances.ranked)


def test_more_trials_make_the_interval_narrower() -> None:
    few, many = (by_field(judged(drawn(PLAN, n, rate_alone, noise=0.05))) for n in (30, 300))
    width = {
        n: known["learning_rate"].high - known["learning_rate"].low for n, known in ((0, few), (1, many))
    }
    assert width[1] < width[0] / 2


def test_the_same_trials_give_the_same_intervals() -> None:
    trials = drawn(PLAN, 40, rate_alone, noise=0.1)
    digester = StudyDigester(PLAN)
    settled(digester, trials[:20], StudyQuestion())
    grown = settled(digester, trials, StudyQuestion()).importances
    assert grown == judged(trials) == judged(trials[::-1])


@pytest.mark.slow
def test_nine_of_ten_intervals_hold_what_other_trials_would_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importance.EFFORTS, PED_ANOVA, Effort(2000, 0, 50))
    plan = searched("clip_range", "learning_rate")

    def worth(at: Mapping[str, float]) -> float:
        return -2 * (at["clip_range"] - 0.4) ** 2 - (at["learning_rate"] - 0.6) ** 2

    found = [
        by_field(judged(drawn(plan, 60, worth, noise=0.05, seed=seed), plan=plan))["clip_range"]
        for seed in range(30)
    ]
    usual = sum(known.share for known in found) / len(found)
    assert sum(known.low <= usual <= known.high for known in found) >= 24


# ---- how it is computed


def test_shares_are_there_at_once_and_intervals_when_they_have_been_resampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importance, "SECONDS_AT_A_TIME", 0.0)  # one resample at a time
    digester, trials = StudyDigester(PLAN), drawn(PLAN, 30, rate_alone)
    first = digester.digest(trials, StudyQuestion())
    assert not first.is_settled
    assert first.importances is not None
    assert all(math.isnan(known.low) and math.isnan(known.high) for known in first.importances.ranked)
    last = settled(digester, trials, StudyQuestion())
    assert last.importances is not None
    assert [known.share for known in last.importances.ranked] == [
        known.share for known in first.importances.ranked
    ]
    assert all(known.low <= known.share <= known.high for known in last.importances.ranked)


def test_while_trials_go_on_ending_intervals_get_done_and_are_those_of_the_trials_they_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importance, "SECONDS_AT_A_TIME", 0.0)
    monkeypatch.setitem(importance.EFFORTS, PED_ANOVA, Effort(2000, 0, 5))
    digester, trials = StudyDigester(PLAN), drawn(PLAN, 30, rate_alone)
    told = [digester.digest(trials[:n], StudyQuestion()).importances for n in range(20, 30)]
    assert [known and known.n_trials for known in told] == [20] * 9 + [25]
    assert not math.isnan(told[4].ranked[0].low)  # type: ignore[union-attr]
    assert told[9] == judged(trials[:25])


def test_who_is_asked_for_another_evaluator_does_not_show_the_numbers_of_the_one_before() -> None:
    digester, trials = StudyDigester(PLAN), drawn(PLAN, 30, rate_alone)
    settled(digester, trials, StudyQuestion())
    other = digester.digest(trials, StudyQuestion(MEAN_DECREASE_IMPURITY)).importances
    assert other is not None
    assert other.evaluator == MEAN_DECREASE_IMPURITY


def test_a_slow_evaluator_judges_by_some_of_many_trials_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importance.EFFORTS, FANOVA, Effort(20, 4, 2))
    importances = judged(drawn(PLAN, 50, rate_alone), FANOVA)
    assert importances.n_trials == 50
    assert "fANOVA takes long: judged by 20 trials drawn at random." in importances.remark


# ---- what has to be known before they are believed


def test_too_few_trials_are_not_judged() -> None:
    trials = drawn(PLAN, FEWEST_TRIALS, rate_alone)
    assert StudyDigester(PLAN).digest(trials[:-1], StudyQuestion()).importances is None
    assert StudyDigester(PLAN).digest(trials, StudyQuestion()).importances is not None


@pytest.mark.parametrize(
    ("n", "evaluator", "warns"),
    [
        (14, PED_ANOVA, True),
        (49, PED_ANOVA, True),
        (50, PED_ANOVA, False),
        (39, FANOVA, True),
        (40, FANOVA, False),
    ],
)
def test_few_trials_come_with_a_warning(n: int, evaluator: str, warns: bool) -> None:
    note = judged(drawn(PLAN, n, rate_alone), evaluator).note
    assert note.startswith(f"Only {n} complete trials: the shares may be chance") is warns


@pytest.mark.parametrize("evaluator", EVERYBODY)
def test_trials_that_are_all_equally_good_say_nothing(evaluator: str) -> None:
    importances = judged(drawn(PLAN, 20, lambda _: 500.0), evaluator)
    assert [(known.share, known.low, known.high) for known in importances.ranked] == [(0.0, 0.0, 0.0)] * 4
    assert "the same objective" in importances.note


def test_where_nearly_all_trials_are_as_good_as_the_best_tenth_ped_anova_says_nothing() -> None:
    """CartPole has a highest return, which many trials reach: Optuna would call everything equal."""
    trials = drawn(PLAN, 20, lambda _: 500.0)
    assert judged([*trials[:-1], replace(trials[-1], objective=400.0)]).ranked[0].share > 0.0
    assert not any(known.share for known in judged(trials).ranked)


def test_one_hyperparameter_alone_has_all_importance() -> None:
    plan = searched("clip_range")
    importances = judged(drawn(plan, 20, lambda at: at["clip_range"]), plan=plan)
    assert [known.share for known in importances.ranked] == [1.0]
    assert importances.note == "Only one hyperparameter is searched, so all of the importance is its own."


def test_what_never_varied_has_no_importance() -> None:
    trials = [
        replace(trial, values={**trial.values, "activation": "tanh", "rollout_length": 64})
        for trial in drawn(PLAN, 60, rate_alone)
    ]
    known = by_field(judged(trials))
    assert known["activation"].share == known["rollout_length"].share == 0.0
    assert known["learning_rate"].share > 0.5


def test_pruned_trials_are_left_out_and_that_is_said() -> None:
    trials = drawn(PLAN, 60, rate_alone)
    pruned = [
        replace(trial, number=60 + trial.number, state=TrialState.PRUNED, objective=1e6)
        for trial in trials[:3]
    ]
    with_pruned, without = judged([*trials, *pruned]), judged(trials)
    assert with_pruned.ranked == without.ranked
    assert with_pruned.n_trials == 60
    assert with_pruned.remark == "3 pruned trials are left out."
    assert "pruned" not in with_pruned.note + without.note + without.remark


# ---- who judges


def test_every_evaluator_says_what_its_numbers_mean() -> None:
    assert list(evaluators()) == [PED_ANOVA, FANOVA, MEAN_DECREASE_IMPURITY]
    assert all(known.meaning.endswith(".") and not known.unavailable for known in evaluators().values())


def test_without_scikit_learn_two_of_three_are_unavailable_and_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(name: str, real: Callable[[str], object] = importlib.util.find_spec) -> object:
        return None if name == "sklearn" else real(name)

    monkeypatch.setattr(importance, "find_spec", find)
    reasons = {name: known.unavailable for name, known in evaluators().items()}
    assert not reasons[PED_ANOVA]
    assert "scikit-learn" in reasons[FANOVA]
    assert reasons[FANOVA] == reasons[MEAN_DECREASE_IMPURITY]
    importances = judged(drawn(PLAN, 20, rate_alone), FANOVA)
    assert (importances.ranked, importances.note) == ((), reasons[FANOVA])
