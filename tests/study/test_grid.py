"""What is left of a grid: what nobody has begun, and what waits to be tried again."""

from __future__ import annotations

from dataclasses import replace

from ppo_desktop.study.grid import combinations_left
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.tuning import PLAN

GRID_OF_FOUR = replace(PLAN, space=tuple(replace(dimension, points=2) for dimension in PLAN.space))


def trial(number: int, combination: int | None, state: TrialState = TrialState.COMPLETE) -> TrialRecord:
    return TrialRecord(number, state, {}, combination=combination)


def test_every_combination_counts_once_and_trials_of_other_samplers_do_not() -> None:
    assert combinations_left(GRID_OF_FOUR, []) == 4
    trials = [trial(0, None), trial(1, 3), trial(2, 3), trial(3, 0, TrialState.FAILED)]
    assert combinations_left(GRID_OF_FOUR, trials) == 2


def test_what_waits_is_still_to_be_tried() -> None:
    interrupted = [trial(number, number, TrialState.INTERRUPTED) for number in range(4)]
    assert combinations_left(GRID_OF_FOUR, interrupted) == 0
    assert combinations_left(GRID_OF_FOUR, [*interrupted, trial(4, 2, TrialState.WAITING)]) == 1
