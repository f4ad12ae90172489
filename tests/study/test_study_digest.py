"""What a study says follows from its trials alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np

from ppo_desktop.study.study_digest import StudyDigest, StudyDigester, StudyQuestion
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.judged_trials import complete, drawn, searched, settled

PLAN = searched("clip_range", "learning_rate")
BOTH = StudyQuestion(contour=("clip_range", "learning_rate"))


def digest(*trials: TrialRecord) -> StudyDigest:
    return StudyDigester(PLAN).digest(trials, StudyQuestion())


def trial(number: int, objective: float, at: float = 0.5) -> TrialRecord:
    return complete(PLAN, number, (at, 0.5), objective)


def test_a_study_without_trials_says_nothing() -> None:
    empty = StudyDigester(PLAN).digest((), BOTH)
    assert (empty.best, empty.runner_up, empty.best_so_far) == (None, None, ())
    assert (empty.importances, empty.contour, empty.is_settled) == (None, None, True)


def test_the_best_is_the_earliest_of_equals() -> None:
    said = digest(trial(2, 7.0, 0.2), trial(0, 3.0), trial(1, 7.0))
    assert said.best is not None
    assert said.best.number == 1
    assert [known.number for known in said.trials] == [0, 1, 2]


def test_the_runner_up_has_other_values_than_the_best() -> None:
    said = digest(trial(0, 9.0, 0.1), trial(1, 8.0, 0.1), trial(2, 7.0, 0.6), trial(3, 6.0, 0.9))
    assert said.runner_up is not None
    assert said.runner_up.number == 2
    assert digest(trial(0, 9.0, 0.1), trial(1, 8.0, 0.1)).runner_up is None


def test_the_best_so_far_is_told_where_it_improves() -> None:
    said = digest(trial(0, 1.0), trial(1, 0.5), trial(2, 3.0), trial(3, 3.0), trial(4, 4.0))
    assert said.best_so_far == ((0, 1.0), (2, 3.0), (4, 4.0))


def test_only_complete_trials_can_be_best() -> None:
    others = (
        replace(trial(1, 99.0), state=TrialState.PRUNED),
        replace(trial(2, 0.0), state=TrialState.FAILED, objective=None),
        TrialRecord(3, TrialState.WAITING, {}),
    )
    said = digest(trial(0, 1.0), *others)
    assert said.best is not None
    assert said.best.number == 0
    assert said.best_so_far == ((0, 1.0),)


def test_trials_with_values_outside_of_the_ranges_are_neither_judged_nor_drawn_on_the_map() -> None:
    inside = drawn(PLAN, 12, lambda at: at["clip_range"])
    values = {**inside[0].values, "clip_range": 0.9}
    foreign = replace(inside[0], number=12, values=values, objective=1e6)
    said = settled(StudyDigester(PLAN), [*inside, foreign], BOTH)
    assert said.best is not None
    assert said.best.number == 12, "it is a trial all the same"
    assert said.importances is not None
    assert said.importances.n_trials == 12
    assert said.contour is not None
    assert said.contour.n_trials == 12
    assert np.nanmax(said.contour.levels) <= 1.0


def test_what_nobody_has_changed_is_not_computed_again() -> None:
    digester = StudyDigester(PLAN)
    trials = drawn(PLAN, 12, lambda at: at["clip_range"])
    before = settled(digester, trials, BOTH)
    running = replace(trials[0], number=12, state=TrialState.RUNNING, objective=None)
    after = digester.digest([*trials, running], BOTH)
    assert after.is_settled
    assert after.contour is before.contour
    assert after.importances == before.importances
    other = digester.digest(trials, replace(BOTH, contour=("learning_rate", "clip_range")))
    assert other.contour is not None
    assert other.contour.fields == ("learning_rate", "clip_range")


def test_a_window_that_only_knows_how_to_ask_has_not_loaded_what_answers() -> None:
    code = (
        "import sys, ppo_desktop.study.study_digest, ppo_desktop.study.check, ppo_desktop.study.attributes\n"
        "print([name for name in ('optuna', 'sklearn', 'scipy', 'torch') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
