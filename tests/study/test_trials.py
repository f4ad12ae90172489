"""What trials say together: what is left of a grid, and who works at a study."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ppo_desktop.study.trials import TrialRecord, TrialState, WorkerStatus, combinations_left, workers
from tests.tuning import PLAN

GRID_OF_FOUR = replace(PLAN, space=tuple(replace(dimension, points=2) for dimension in PLAN.space))


def tried(number: int, combination: int | None, state: TrialState = TrialState.COMPLETE) -> TrialRecord:
    return TrialRecord(number, state, {"clip_range": 0.1}, combination=combination)


def test_every_combination_counts_once_and_trials_of_other_samplers_do_not() -> None:
    assert combinations_left(GRID_OF_FOUR, []) == 4
    trials = [tried(0, None), tried(1, 3), tried(2, 3), tried(3, 0, TrialState.FAILED)]
    assert combinations_left(GRID_OF_FOUR, trials) == 2


def test_what_waits_is_still_to_be_tried() -> None:
    interrupted = [tried(number, number, TrialState.INTERRUPTED) for number in range(4)]
    assert combinations_left(GRID_OF_FOUR, interrupted) == 0
    assert combinations_left(GRID_OF_FOUR, [*interrupted, tried(4, 2, TrialState.WAITING)]) == 1


def test_a_trial_that_is_only_just_made_is_no_combination() -> None:
    assert combinations_left(GRID_OF_FOUR, [TrialRecord(0, TrialState.WAITING, {})]) == 4


def moment(minute: int) -> datetime:
    return datetime(2026, 1, 1, 12, minute)


def trial(number: int, state: TrialState, worker: str, begun: int, ended: int | None = None) -> TrialRecord:
    end = None if ended is None else moment(ended)
    return TrialRecord(number, state, {}, begun=moment(begun), ended=end, worker=worker)


def test_each_is_counted_by_its_own_trials() -> None:
    found = workers(
        [
            trial(0, TrialState.COMPLETE, "a:1", 0, 5),
            trial(1, TrialState.FAILED, "b:2", 1, 3),
            trial(2, TrialState.INTERRUPTED, "b:2", 3, 4),
            trial(3, TrialState.RUNNING, "a:1", 6),
            trial(4, TrialState.PRUNED, "here:3", 0, 1),
            TrialRecord(5, TrialState.WAITING, {}),
        ],
        "here:3",
    )
    assert found == (
        WorkerStatus("here:3", is_here=True, n_running=0, n_done=1, last_seen=moment(1)),
        WorkerStatus("a:1", is_here=False, n_running=1, n_done=1, last_seen=moment(6)),
        WorkerStatus("b:2", is_here=False, n_running=0, n_done=1, last_seen=moment(4)),
    )


def test_clocks_of_other_time_zones_say_nothing_of_the_order() -> None:
    found = workers(
        [
            trial(0, TrialState.RUNNING, "west:1", 0),
            trial(1, TrialState.COMPLETE, "east:2", 30, 50),
            trial(2, TrialState.RUNNING, "middle:3", 20),
        ],
        "here:4",
    )
    assert [worker.name for worker in found] == ["middle:3", "west:1", "east:2"]


def test_trials_nobody_has_begun_have_no_worker() -> None:
    assert workers([TrialRecord(0, TrialState.WAITING, {})], "here:3") == ()
