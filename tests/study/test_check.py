"""Fresh seeds say whether the best is better, and claim no more than they show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.schema import Unknown
from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.attributes import check_from_json, check_to_json
from ppo_desktop.study.check import (
    FIRST_FRESH_SEED,
    Candidate,
    CandidateKind,
    Check,
    CheckedCandidate,
    CheckResult,
    SeedsEnded,
    candidate_title,
    candidates,
    check_result,
    preset_candidate,
)
from ppo_desktop.study.map_axes import cell_words
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.judged_trials import searched

PLAN = replace(searched("clip_range", "learning_rate"), total_steps=1_000)
BEST_TRIAL = Candidate(CandidateKind.BEST, 47, {"clip_range": 0.3, "learning_rate": 2e-3}, 493.2)
SECOND_TRIAL = Candidate(CandidateKind.RUNNER_UP, 12, {"clip_range": 0.1, "learning_rate": 1e-3}, 480.0)
BASE = preset_candidate(PLAN)
PRESET_VALUES = presets_for(PLAN.environment_id)[0].hyperparameters


def seeds(objectives: Sequence[float]) -> dict[int, float]:
    return {FIRST_FRESH_SEED + place: objective for place, objective in enumerate(objectives)}


def said(*told: tuple[Candidate, Sequence[float]], n_seeds: int = 10) -> CheckResult:
    checked = [CheckedCandidate(candidate, seeds(objectives)) for candidate, objectives in told]
    return check_result(PLAN, checked, n_seeds)


# ---- who is checked


def trial(number: int, objective: float, values: Mapping[str, Any]) -> TrialRecord:
    return TrialRecord(number, TrialState.COMPLETE, values, objective)


def chosen(*trials: TrialRecord) -> list[Candidate]:
    return candidates(PLAN, trials)


def test_the_best_is_checked_beside_the_next_best_and_the_preset() -> None:
    best, second = trial(0, 9.0, BEST_TRIAL.values), trial(1, 8.0, SECOND_TRIAL.values)
    assert chosen(second, best) == [
        Candidate(CandidateKind.BEST, 0, best.values, 9.0),
        Candidate(CandidateKind.RUNNER_UP, 1, second.values, 8.0),
        BASE,
    ]


def test_the_preset_is_checked_whole_whatever_the_study_began_with() -> None:
    own = replace(PLAN, base=PRESET_VALUES.changed({"clip_range": None, "gae_lambda": 0.3, "n_epochs": 1}))
    *_, preset = candidates(own, [trial(0, 9.0, BEST_TRIAL.values)])
    assert (preset.kind, preset.preset) == (CandidateKind.PRESET, "demonstration")
    trained = own.settings(preset.values, seed=7).hyperparameters
    assert PRESET_VALUES.with_budget(own.total_steps) == trained


def test_the_preset_is_not_checked_twice_and_nothing_without_a_trial() -> None:
    plan = replace(PLAN, base=PRESET_VALUES)
    best = trial(0, 9.0, plan.base_values)
    assert [candidate.kind for candidate in candidates(plan, [best])] == [CandidateKind.BEST]
    also = trial(1, 10.0, BEST_TRIAL.values)
    assert [candidate.kind for candidate in candidates(plan, [also, best])] == [
        CandidateKind.BEST,
        CandidateKind.RUNNER_UP,
    ]
    assert chosen() == []


# ---- what is said of numbers


def test_a_difference_beyond_its_interval_is_real() -> None:
    base = np.array([380.0, 400, 420, 390, 410, 400, 380, 420, 405, 395])
    better = base + np.array([40.0, 42, 38, 40, 44, 36, 40, 41, 39, 40])
    result = said((BEST_TRIAL, better), (BASE, base))
    assert (
        result.sentences[-1]
        == "Trial 47 is better than the preset Demonstration by 40.0 ± 1.5 (10 of 10 seeds)."
    )
    assert result.checked[0].mean == pytest.approx(440.0)
    assert result.checked[0].low < 440.0 < result.checked[0].high
    assert result.is_complete


def test_a_difference_that_is_the_other_way_round_is_told_as_well() -> None:
    result = said((BEST_TRIAL, [100.0, 110, 120, 130]), (BASE, [200.0, 212, 219, 230]), n_seeds=4)
    assert result.sentences[-1].startswith("Trial 47 is worse than the preset Demonstration by 100.2")


def test_pairs_that_disagree_do_not_tell_the_best_from_the_runner_up() -> None:
    result = said((BEST_TRIAL, [100.0, 300, 100, 300]), (SECOND_TRIAL, [300.0, 110, 290, 90]), n_seeds=4)
    assert result.sentences[-1].startswith(
        "No difference between trial 47 and trial 12 (the runner-up) can be seen with 4 seeds"
    )


def test_equal_returns_with_every_seed_are_called_equal() -> None:
    result = said((BEST_TRIAL, [500.0] * 3), (SECOND_TRIAL, [500.0] * 3), n_seeds=3)
    assert result.sentences[-1] == (
        "Trial 47 and trial 12 (the runner-up) have the same result with each of 3 seeds."
    )


def test_what_the_best_had_in_the_study_stands_beside_what_it_has_now() -> None:
    objectives = [440.0, 460.0, 420.0, 450.0, 435.0]
    first = said((BEST_TRIAL, objectives), n_seeds=5)
    low, high = first.checked[0].low, first.checked[0].high
    assert first.sentences == (
        "In the study trial 47 had 493.2 with 2 seeds; with 5 fresh seeds it has "
        f"441.0 [{low:.1f}, {high:.1f}]. A trial chosen for its high number owes part of it to luck.",
    )
    as_good = replace(BEST_TRIAL, in_study=441.0)
    assert "luck" not in said((as_good, objectives), n_seeds=5).sentences[0]


def test_a_trial_with_the_settings_of_the_beginning_is_said_to_have_them_and_what_they_are() -> None:
    itself = replace(BEST_TRIAL, values=PLAN.base_values)
    sentence = said((itself, [1.0, 2.0]), n_seeds=2).sentences[-1]
    assert sentence.startswith("Trial 47 has the study's starting settings: ")
    assert "α = 3.0e-4" in sentence


def test_a_trial_with_the_values_of_the_preset_is_said_to_have_them() -> None:
    plan = replace(PLAN, base=PRESET_VALUES.changed({"clip_range": None, "learning_rate": 0.1}))
    values = {field: getattr(PRESET_VALUES, field) for field in plan.fields}
    checked = [CheckedCandidate(replace(BEST_TRIAL, values=values), seeds([1.0, 2.0]))]
    sentence = check_result(plan, checked, 2).sentences[-1]
    assert sentence == "Trial 47 has the values of the preset Demonstration."


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (PRESET_VALUES, "the preset Demonstration"),
        (PRESET_VALUES.changed({"total_steps": 5_000}), "the preset Demonstration"),
        (PRESET_VALUES.changed({"clip_range": None}), "the study's starting settings"),
    ],
)
def test_what_an_earlier_version_called_the_default_is_called_by_what_is_known_of_it(
    base: Hyperparameters, name: str
) -> None:
    plan = replace(PLAN, base=base)
    old = Candidate(CandidateKind.START, None, plan.base_values)
    checked = [
        CheckedCandidate(one, seeds(of)) for one, of in ((BEST_TRIAL, [9.0] * 3), (old, [1.0, 2.0, 3.0]))
    ]
    result = check_from_json(kept(check_result(plan, checked, 3)), plan, Unknown())
    assert any(f"than {name} by" in sentence for sentence in result.sentences)
    assert not any("default" in sentence for sentence in result.sentences)


def test_before_all_fresh_seeds_have_ended_only_means_are_said() -> None:
    early = said((BEST_TRIAL, [100.0, 300.0, 200.0]), (BASE, [1.0, 2.0, 3.0]))
    assert not early.is_complete
    assert all(math.isnan(end) for checked in early.checked for end in (checked.low, checked.high))
    (sentence,) = early.sentences
    assert "6 of 20 runs" in sentence
    assert "trial 47 200.0, the preset Demonstration 2.0" in sentence
    assert said((BEST_TRIAL, []), (BASE, [])).sentences == ()


def test_of_fewer_than_three_fresh_seeds_there_is_no_interval() -> None:
    few = said((BEST_TRIAL, [100.0, 300.0]), (SECOND_TRIAL, [500.0, 500.0]), n_seeds=2)
    assert few.checked[0].mean == 200.0
    assert all(math.isnan(end) for checked in few.checked for end in (checked.low, checked.high))
    (sentence,) = few.sentences
    assert sentence.endswith("with 2 fresh seeds it has 200.0.")


def test_nobody_is_called_better_for_seeds_that_failed() -> None:
    objectives, base = [500.0, 498, 500, 499], [100.0, 110, 120, 130, 90]
    failed = CheckedCandidate(
        BEST_TRIAL, seeds(objectives), {FIRST_FRESH_SEED + 4: "A weight is not a number."}
    )
    result = check_result(PLAN, [failed, CheckedCandidate(BASE, seeds(base))], 5)
    assert result.is_complete
    assert result.checked[0].mean == pytest.approx(499.25)
    assert result.sentences[1].startswith(
        "Without the seeds that failed, trial 47 is better than the preset Demonstration by"
    )
    assert result.sentences[1].endswith("which therefore proves nothing.")
    assert result.sentences[2] == (
        "Trial 47: 1 of 5 fresh seeds failed and is left out (A weight is not a number)."
    )


def test_who_is_better_although_the_other_failed_is_better() -> None:
    failed = CheckedCandidate(BASE, seeds([100.0, 110, 120, 130]), {FIRST_FRESH_SEED + 4: "No."})
    result = check_result(PLAN, [CheckedCandidate(BEST_TRIAL, seeds([500.0, 498, 500, 499, 500])), failed], 5)
    assert result.sentences[1].startswith("Trial 47 is better than the preset Demonstration by")


def test_of_a_candidate_that_always_failed_only_that_is_said() -> None:
    failed = CheckedCandidate(BEST_TRIAL, {}, dict.fromkeys(seeds([0.0] * 2), "It diverged."))
    result = check_result(PLAN, [failed, CheckedCandidate(BASE, seeds([1.0, 2.0]))], 2)
    assert result.sentences == ("Trial 47: 2 of 2 fresh seeds failed and are left out (It diverged).",)
    assert np.isnan(result.checked[0].mean)


# ---- the runs


def checked(plan: StudyPlan, who: Sequence[Candidate], n_seeds: int = 3, engine: str = COMPILED) -> Check:
    """Return a check after its end."""
    check = Check(plan, who, engine, n_seeds)
    assert list(check.events())[-1] == Ended(EndReason.COMPLETED)
    return check


def alone(plan: StudyPlan, values: Mapping[str, Any], seed: int) -> float:
    """Return what a run is worth that is trained as trials are, with nothing beside it."""
    run = SeedRun(plan, values, seed, COMPILED)
    trainer = run.create()
    for event in trainer.events():
        run.take(event)
    assert run.objective is not None
    return run.objective


@pytest.mark.parametrize("objective", Objective)
def test_every_candidate_is_trained_as_trials_are_with_seeds_of_its_own(objective: Objective) -> None:
    plan = replace(PLAN, objective=objective)
    check = Check(plan, [BEST_TRIAL, SECOND_TRIAL, BASE], COMPILED, 3)
    *events, last = check.events()
    assert last == Ended(EndReason.COMPLETED)
    assert [event.result for event in events if isinstance(event, SeedsEnded)][-1] is check.result
    result = check.result
    assert result.is_complete
    assert check.done == check.total
    for one in result.checked:
        assert [*one.by_seed] == [1001, 1002, 1003]
        assert one.by_seed[1002] == alone(plan, one.candidate.values, 1002)
        assert one.low <= one.mean <= one.high
    assert len(result.sentences) == 3


def test_a_check_that_is_cancelled_keeps_what_has_ended() -> None:
    check = Check(replace(PLAN, total_steps=10_000), [BEST_TRIAL, BASE], COMPILED, n_seeds=1000)
    events = check.events()
    assert any(isinstance(event, SeedsEnded) for event in events)
    check.cancel()
    *_, last = events
    assert last == Ended(EndReason.CANCELLED)
    assert not check.result.is_complete
    assert any(one.by_seed for one in check.result.checked)
    assert 0.0 < check.done < check.total


def test_values_that_cannot_be_trained_together_fail_with_every_seed() -> None:
    plan = searched("n_minibatches", "rollout_length")
    contradicting = Candidate(CandidateKind.BEST, 0, {"n_minibatches": 16, "rollout_length": 1}, 1.0)
    result = checked(plan, [contradicting]).result
    assert result.is_complete
    assert set(result.checked[0].failures) == {1001, 1002, 1003}
    assert "3 of 3 fresh seeds failed" in result.sentences[0]


class BreaksDown(gymnasium.Env[Any, Any]):
    """Breaks down in the middle of training."""

    observation_space = Box(-1.0, 1.0, (2,))
    action_space = Discrete(2)

    def __init__(self, **_: Any) -> None:
        self._steps = 0

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        return np.zeros(2, np.float32), {}

    def step(self, _: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._steps += 1
        if self._steps > 100:
            raise OSError("the cable came off")
        return np.zeros(2, np.float32), 1.0, self._steps % 10 == 0, False, {}


@pytest.fixture
def broken() -> Iterator[str]:
    gymnasium.register("BreaksDown-v1", BreaksDown)
    yield "BreaksDown-v1"
    del gymnasium.registry["BreaksDown-v1"]


def test_a_run_that_fails_says_why_and_the_check_comes_to_its_end(broken: str) -> None:
    plan = replace(PLAN, environment_id=broken)
    result = checked(plan, [BEST_TRIAL], n_seeds=2, engine=PYTORCH).result
    assert result.is_complete
    assert all("the cable came off" in reason for reason in result.checked[0].failures.values())


# ---- kept with the study


def kept(result: CheckResult) -> Any:
    return json.loads(json.dumps(check_to_json(result), allow_nan=False))


def test_a_check_is_the_same_after_it_was_kept() -> None:
    failed = CheckedCandidate(BEST_TRIAL, seeds([3.0, 4.0]), {1003: "It diverged."})
    result = check_result(PLAN, [failed, CheckedCandidate(BASE, seeds([1.5, 2.5]))], 3)
    assert check_from_json(kept(result), PLAN, Unknown()) == result


def test_cells_of_a_map_are_called_by_their_values_also_after_it_was_kept() -> None:
    best, second = trial(47, 9.0, BEST_TRIAL.values), trial(12, 8.0, SECOND_TRIAL.values)
    found = candidates(PLAN, [best, second], are_cells=True)
    assert [candidate.is_cell for candidate in found] == [True, True, False]
    titles = [candidate_title(PLAN, cell) for cell in found[:2]]
    assert titles == [f"cell {cell_words(cell.values)}" for cell in found[:2]]
    assert "ε = 0.30" in titles[0]
    result = check_result(PLAN, [CheckedCandidate(cell, seeds([7.0, 8.0, 7.5])) for cell in found], 3)
    assert titles[0] in result.sentences[0]
    assert not any("trial" in sentence.lower() for sentence in result.sentences)
    assert check_from_json(kept(result), PLAN, Unknown(), are_cells=True) == result


def changed(place: int | None, **values: Any) -> Any:
    found = kept(said((BEST_TRIAL, [1.0, 2.0, 3.0]), (BASE, [1.0, 2.0, 1.0]), n_seeds=3))
    (found if place is None else found["checked"][place]).update(values)
    return found


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {},
        changed(None, n_seeds=0),
        changed(None, n_seeds=10**9),
        changed(None, n_seeds=2),
        changed(None, checked=[]),
        changed(None, checked="best"),
        changed(0, name="boss"),
        changed(0, name="runner-up"),
        changed(1, name="best", trial=3),
        changed(0, trial=-1),
        changed(0, trial=None),
        changed(0, values={}),
        changed(1, preset=3),
        changed(1, preset=None),
        changed(1, values={"total_steps": 5_000, "clip_range": 0.2, "learning_rate": 1e-3}),
        changed(1, values={"gamma": 0.9}),
        changed(0, values={"clip_range": 0.2, "learning_rate": "=1+1"}),
        changed(0, values={"clip_range": 0.2, "learning_rate": float("nan")}),
        changed(0, values={"clip_range": 0.2, "learning_rate": 1e-3, "gamma": 0.9}),
        changed(0, in_study="much"),
        changed(0, in_study=float("inf")),
        changed(0, objectives=[[1, 5.0]]),
        changed(0, objectives=[[1001, None]]),
        changed(0, objectives=[[1001, 10**400]]),
        changed(0, objectives=[1001]),
        changed(0, objectives={"1001": 2.0}),
        changed(0, failures=[[1001, "both an objective and none"]]),
        changed(0, failures=[[1004, "too late"]]),
    ],
)
def test_what_is_no_check_of_this_study_is_refused(values: Any) -> None:
    assert check_from_json(values, PLAN, Unknown()) is None
    if isinstance(values, dict):
        assert check_from_json(values | {"version": 1}, PLAN, Unknown()) is None


def test_a_hyperparameter_of_the_preset_that_only_a_newer_version_knows_is_left_out() -> None:
    values = changed(1, values={"clip_range": 0.2, "learning_rate": 1e-3, "momentum": 0.9})
    unknown = Unknown()
    found = check_from_json(values, PLAN, unknown)
    assert found is not None
    assert {*found.checked[1].candidate.values} == {"clip_range", "learning_rate"}
    assert unknown.names == ["hyperparameter momentum"]


@pytest.mark.parametrize(
    ("version", "preset", "shown"),
    [
        (1, "Demonstration", "preset Demonstration"),
        (2, "demonstration", "preset Demonstration"),
        (1, "Stepwise, as on the slides", "preset Stepwise"),
        (2, "of tomorrow", "preset of tomorrow"),
    ],
)
def test_a_preset_is_known_by_its_id_and_by_the_name_that_the_first_version_kept(
    version: int, preset: str, shown: str
) -> None:
    values = changed(1, preset=preset) | {"version": version}
    found = check_from_json(values, PLAN, Unknown())
    assert found is not None
    candidate = found.checked[1].candidate
    assert candidate_title(PLAN, candidate) == shown
    if version == 2:
        assert candidate.preset == preset == kept(found)["checked"][1]["preset"]


def test_a_check_of_a_newer_version_is_named() -> None:
    unknown = Unknown()
    assert check_from_json(changed(None, version=99), PLAN, unknown) is None
    assert unknown.names == ["check of a newer version"]


def test_a_long_reason_of_others_is_one_short_line() -> None:
    found = check_from_json(changed(0, objectives=[], failures=[[1001, "<b>a\n" * 5000]]), PLAN, Unknown())
    assert found is not None
    reason = found.checked[0].failures[1001]
    assert "\n" not in reason
    assert len(reason) <= 200
