"""What a map shows is what plain loops over its runs say, at every moment of training."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.quantities import COMPARED
from ppo_desktop.study.kept_runs import kept_runs
from ppo_desktop.study.map_digest import CellState, MapDigester, MapQuestion, Statistic
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.searches import planned
from tests.study.test_kept_runs import record

PLAN = planned("clip_range=0.1:0.4:3,learning_rate=1e-3:1e-2:2", n_seeds=2)
RUNNING = TrialState.RUNNING


def trial(cell: int, state: TrialState = TrialState.COMPLETE, number: int | None = None) -> TrialRecord:
    """A trial of a cell, whose two runs differ from those of all others; the one of cell 1 has diverged."""
    end = FinishReason.DIVERGED if cell == 1 else FinishReason.COMPLETED
    records = [record(10 * cell), record(10 * cell + 1, end)]
    values, kept = PLAN.combination_values(cell), kept_runs(records, PLAN.total_steps)
    number = cell if number is None else number
    is_done = state.is_done
    return TrialRecord(number, state, values, combination=cell, kept=kept if is_done else None)


TRIALS = [trial(0), trial(1, TrialState.FAILED), trial(5), trial(3, RUNNING)]


@pytest.mark.parametrize("n_bins", [1, 7, 50, N_BINS])
@pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
def test_a_result_of_a_seed_is_the_one_comparisons_have(measure: object, n_bins: int) -> None:
    name = measure.name  # type: ignore[attr-defined]
    digest = MapDigester(PLAN).digest(TRIALS, MapQuestion(name, n_bins=n_bins))
    for cell in (0, 1, 5):
        row, column = divmod(cell, 3)
        expected = [MEASURES[name].of(run, n_bins) for run in trial(cell).runs]
        np.testing.assert_allclose(digest.by_seed[row, column], expected, rtol=1e-9)


@pytest.mark.parametrize("name", COMPARED)
def test_a_quantity_is_that_of_the_moment(name: str) -> None:
    digest = MapDigester(PLAN).digest(TRIALS, MapQuestion(name, n_bins=30))
    expected = [run.curve(name)[29] * COMPARED[name].unit.factor for run in trial(5).runs]
    np.testing.assert_allclose(digest.by_seed[1, 2], expected)


def test_statistics_are_over_seeds_and_the_worst_is_at_the_end_that_is_worse() -> None:
    digester = MapDigester(PLAN)

    def of(result: str, statistic: Statistic) -> float:
        return float(digester.digest(TRIALS, MapQuestion(result, statistic)).values[0, 0])

    for result in ("final_return", "steps_to_threshold", "final_approx_kl"):
        seeds = digester.digest(TRIALS, MapQuestion(result)).by_seed[0, 0]
        assert of(result, Statistic.MEAN) == pytest.approx(seeds.mean())
        assert of(result, Statistic.SPREAD) == pytest.approx(np.ptp(seeds))
    returns = digester.digest(TRIALS, MapQuestion("return")).by_seed[0, 0]
    assert of("return", Statistic.WORST) == returns.min()
    steps = digester.digest(TRIALS, MapQuestion("steps_to_threshold")).by_seed[0, 0]
    assert of("steps_to_threshold", Statistic.WORST) == steps.max()


@pytest.mark.parametrize("result", ["policy_entropy", "final_approx_kl"])
def test_where_neither_end_is_better_no_seed_is_the_worst(result: str) -> None:
    assert MapQuestion(result).statistics == (Statistic.MEAN, Statistic.SPREAD)
    with pytest.raises(ValueError, match=result):
        MapQuestion(result, Statistic.WORST)


def test_of_large_maps_only_the_results_asked_for_last_are_kept_and_others_are_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ppo_desktop.study.map_digest._MOST_BYTES", 1)
    digester, asked = MapDigester(PLAN), ("final_return", "policy_entropy", "return")
    first = [digester.digest(TRIALS, MapQuestion(result)).values for result in asked]
    assert list(digester._along) == ["policy_entropy", "return"]
    again = [digester.digest(TRIALS, MapQuestion(result)).values for result in asked]
    np.testing.assert_array_equal(first, again)
    monkeypatch.undo()
    for result in asked:
        digester.digest(TRIALS, MapQuestion(result))
    assert set(digester._along) == {*asked}


def test_states_and_signs_say_what_there_is_of_each_cell() -> None:
    digest = MapDigester(PLAN).digest(TRIALS, MapQuestion())
    empty, running, measured = CellState.EMPTY, CellState.RUNNING, CellState.MEASURED
    assert digest.states.tolist() == [[measured, measured, empty], [running, empty, measured]]
    assert digest.trial_numbers.tolist() == [[0, 1, -1], [3, -1, 5]]
    assert digest.diverged.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert digest.collapsed.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert digest.solved.tolist() == [[2, 2, 0], [0, 0, 2]]
    assert math.isnan(digest.values[1, 0])
    early = MapDigester(PLAN).digest(TRIALS, MapQuestion(n_bins=49))  # solved at half of the steps
    assert not early.solved.any()
    assert not early.collapsed.any()


def test_a_cell_that_is_measured_later_is_taken_in_and_shares_are_by_rank() -> None:
    digester = MapDigester(PLAN)
    digester.digest(TRIALS, MapQuestion())
    later = digester.digest([*TRIALS, trial(3, number=9)], MapQuestion())
    fresh = MapDigester(PLAN).digest([*TRIALS, trial(3, number=9)], MapQuestion())
    np.testing.assert_array_equal(later.values, fresh.values)
    known = later.values[np.isfinite(later.values)]
    assert later.shares[np.isfinite(later.values)].tolist() == [
        (np.sum(known < value) + 0.5) / 4 for value in known
    ]
    assert later.extreme == int(np.nanargmax(later.values))
    assert later.ends is not None
    assert later.ends[0] <= known.min() <= known.max() <= later.ends[1]


def test_trials_that_are_none_of_its_cells_are_left_out() -> None:
    strange = [
        TrialRecord(0, TrialState.COMPLETE, {"clip_range": 0.3, "learning_rate": 1e-3}, 1.0, combination=0),
        TrialRecord(1, TrialState.COMPLETE, {}, 1.0, combination=10**6),
        TrialRecord(2, TrialState.COMPLETE, {}, 1.0),
        TrialRecord(3, TrialState.INTERRUPTED, PLAN.combination_values(4), combination=4),
    ]
    digest = MapDigester(PLAN).digest(strange, MapQuestion())
    assert (digest.n_measured, digest.extreme, digest.ends) == (0, None, None)
