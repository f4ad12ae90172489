"""What is kept of a run: common steps by a stated rule, and how it ended."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from ppo_desktop.comparison.record import (
    COLUMNS,
    N_BINS,
    Recorder,
    RunEnd,
    bin_ends,
    history_of,
    steps_after,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import EpisodeEnded, Event, FinishReason, RunFinished, StepsTaken
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.symptoms import COLLAPSED_BITS
from tests.comparisons import BUDGET, episode, finished, record_of, started, update

SETTINGS = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(total_steps=10_000), seed=3)

# ---- common steps


def test_a_point_is_the_mean_of_the_episodes_that_ended_in_its_bin() -> None:
    record = record_of([episode(1, 10), episode(10, 20), episode(11, 50), episode(20, 100), episode(20, 300)])
    assert record.curve(RETURN.name)[:2].tolist() == [15, 150], "a bin of ten steps ends with its last"


def test_a_point_is_the_mean_of_the_updates_that_ended_in_its_bin() -> None:
    record = record_of(
        [
            update(4, policy_entropy=0.6, clip_fraction=0.1),
            update(8, policy_entropy=0.4, clip_fraction=0.3),
            update(12, policy_entropy=0.2, clip_fraction=0.5),
        ]
    )
    assert record.curve("policy_entropy")[:2] == pytest.approx([0.5, 0.2])
    assert record.curve("clip_fraction")[:2] == pytest.approx([0.2, 0.5])


def test_every_figure_of_an_update_has_a_curve_of_its_own() -> None:
    values = {name: 3.0 + number for number, name in enumerate(COLUMNS) if name != RETURN.name}
    record = record_of([update(10, **values)])
    assert {name: record.curve(name)[0] for name in values} == values
    assert len(COLUMNS) == len(set(COLUMNS)) == 1 + len(values)


def test_a_curve_keeps_its_value_where_nothing_ended_and_has_none_before_anything_did() -> None:
    curve = record_of([episode(25, 7), episode(61, 9)]).curve(RETURN.name)
    assert np.isnan(curve[:2]).all()
    assert curve[2:6].tolist() == [7, 7, 7, 7]
    assert curve[6:].tolist() == [9] * (N_BINS - 6)


def test_a_curve_of_a_run_that_has_told_nothing_is_without_values() -> None:
    record = record_of([])
    assert record.curve(RETURN.name).shape == (N_BINS,)
    assert np.isnan(record.curve(RETURN.name)).all()
    assert record.curve(RETURN.name, 0).shape == (0,)


def test_a_part_of_a_curve_is_its_beginning() -> None:
    record = record_of([episode(steps, steps) for steps in range(10, BUDGET + 1, 10)])
    assert record.curve(RETURN.name, 7).tolist() == record.curve(RETURN.name)[:7].tolist()


def test_what_ends_with_the_budget_counts_and_what_ends_after_it_does_not() -> None:
    before = [episode(BUDGET, 4), update(BUDGET, policy_entropy=0.5)]
    after = [episode(BUDGET + 1, 100), update(BUDGET + 24, policy_entropy=0.1)]
    record = record_of(before + after)
    assert record.curve(RETURN.name)[-1] == 4
    assert record.curve("policy_entropy")[-1] == 0.5
    np.testing.assert_array_equal(record.counts, record_of(before).counts)


@pytest.mark.parametrize("total_steps", [1000, 1001, 150_000, 9_999_999])
def test_every_step_of_the_budget_lies_in_one_of_a_hundred_equal_bins(total_steps: int) -> None:
    ends = [math.floor(total_steps * number / N_BINS) for number in range(1, N_BINS + 1)]
    record = record_of([episode(steps, 1) for steps in (1, *ends)], total_steps)
    assert record.counts[COLUMNS.index(RETURN.name)].tolist() == [2] + [1] * (N_BINS - 1)
    begins = record_of([episode(end + 1, 1) for end in ends], total_steps)
    assert begins.counts[COLUMNS.index(RETURN.name)].tolist() == [0] + [1] * (N_BINS - 1)


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_a_figure_that_is_not_a_number_leaves_no_trace(missing: float) -> None:
    record = record_of([update(5, explained_variance=missing), update(10, explained_variance=0.5)])
    assert record.curve("explained_variance")[0] == 0.5
    assert record.counts[COLUMNS.index("policy_entropy"), 0] == 2


def test_a_mean_over_bins_counts_episodes_and_not_bins() -> None:
    record = record_of([episode(1, 10), episode(2, 10), episode(3, 10), episode(15, 50), episode(25, 1000)])
    assert record.mean_over(RETURN.name, 0, 2) == 20
    assert record.mean_over(RETURN.name, 1, 2) == 50


def test_a_mean_over_bins_in_which_nothing_ended_is_the_value_before_them() -> None:
    record = record_of([episode(15, 50), episode(95, 1000)])
    assert record.mean_over(RETURN.name, 3, 9) == 50
    assert math.isnan(record.mean_over(RETURN.name, 0, 1))
    assert math.isnan(record.mean_over(RETURN.name, 0, 0))


# ---- how far it is


def test_a_bin_is_complete_when_the_update_that_passes_its_end_is_finished() -> None:
    events: list[Event] = [update(32), StepsTaken(64, 16, 16), episode(50, 9)]
    assert record_of(events).bins_done == 3
    assert record_of([*events, update(64)]).bins_done == 6
    assert record_of([update(70)]).bins_done == 7
    assert record_of([update(BUDGET + 24)]).bins_done == N_BINS
    assert record_of([]).bins_done == 0


def test_a_complete_bin_does_not_change_any_more() -> None:
    recorder = Recorder(BUDGET, "CartPole-v1")
    recorder.take(started())
    seen: list[float] = []
    for steps in range(16, BUDGET + 17, 16):
        recorder.take(episode(steps - 3, steps))
        recorder.take(update(steps))
        done = recorder.record.bins_done
        curve = recorder.record.curve(RETURN.name, done).tolist()
        np.testing.assert_array_equal(curve[: len(seen)], seen)
        seen = curve
    assert len(seen) == N_BINS


def test_the_record_says_how_the_run_ended() -> None:
    recorder = Recorder(BUDGET, "CartPole-v1")
    for event in (started(), episode(500, 20), update(512)):
        recorder.take(event)
    assert recorder.record.end is None
    recorder.take(finished(1024, FinishReason.COMPLETED, "all is well"), "abc")
    expected = RunEnd(FinishReason.COMPLETED, "all is well", 1024, COMPILED, "abc")
    assert recorder.record.end == expected
    assert recorder.record.steps == 1024


def test_a_run_that_diverged_keeps_its_last_values_to_the_end() -> None:
    record = record_of(
        [episode(100, 30), update(128, policy_entropy=0.4), finished(160, FinishReason.DIVERGED, "nan")]
    )
    assert record.has_diverged
    assert record.is_usable
    assert record.bins_done == N_BINS
    assert record.curve(RETURN.name)[-1] == 30
    assert record.mean_over("policy_entropy", 80, 100) == 0.4
    assert record.steps == 160


def test_a_run_whose_environment_failed_says_nothing_of_its_settings() -> None:
    failed = record_of([episode(100, 30), finished(160, FinishReason.FAILED, "motor burnt out")])
    assert not failed.is_usable
    assert not failed.has_diverged
    completed = record_of([finished()])
    assert completed.is_usable
    assert not completed.has_diverged
    assert record_of([]).is_usable


# ---- the threshold


def hundred(mean: float, last_at: int, episodes: int = 100) -> list[Event]:
    """Return so many episodes, of which all but the last have a mean far below the threshold."""
    early: list[Event] = [episode(number + 1, 9, 9) for number in range(episodes - 1)]
    return [*early, episode(last_at, 500, mean)]


def test_the_threshold_is_reached_with_the_mean_of_a_hundred_episodes() -> None:
    assert record_of(hundred(475, 700)).steps_to_threshold == 700
    assert record_of(hundred(474.9, 700)).steps_to_threshold is None
    assert record_of(hundred(500, 700, episodes=99)).steps_to_threshold is None, "fewer prove nothing"


def test_the_threshold_is_reached_once() -> None:
    later = [episode(800, 9, 100), episode(900, 500, 490)]
    assert record_of([*hundred(480, 700), *later]).steps_to_threshold == 700


def test_a_threshold_reached_after_the_budget_is_not_reached() -> None:
    assert record_of(hundred(480, BUDGET)).steps_to_threshold == BUDGET
    assert record_of(hundred(480, BUDGET + 1)).steps_to_threshold is None


def test_an_environment_without_a_threshold_is_never_solved() -> None:
    assert record_of(hundred(1e9, 700), environment_id="Pendulum-v1").steps_to_threshold is None


# ---- collapse


def updates(number: int, after: int, **values: float) -> list[Event]:
    return [update(10 * (after + n), update=after + n, **values) for n in range(1, number + 1)]


def test_continuous_actions_neither_collapse_nor_do_not() -> None:
    recorder = Recorder(BUDGET, "Pendulum-v1")
    recorder.take(dataclasses.replace(started("Pendulum-v1"), n_actions=None))
    for event in updates(30, after=0, mean_return_100=-1500.0, policy_entropy=-5.0):
        recorder.take(event)
    recorder.take(finished())
    assert recorder.record.has_collapsed is None


def test_the_ends_of_the_bins_are_the_steps_after_so_many() -> None:
    ends = bin_ends(49_152)
    assert ends.shape == (N_BINS,)
    assert ends[-1] == steps_after(N_BINS, 49_152) == 49_152
    np.testing.assert_allclose(ends, [steps_after(n, 49_152) for n in range(1, N_BINS + 1)])


def test_a_collapse_is_noted_while_it_lasts() -> None:
    begun = updates(3, after=0, mean_return_100=22.0)
    certain = updates(20, after=3, mean_return_100=9.4, policy_entropy=0.5 * COLLAPSED_BITS * math.log(2))
    playful = updates(20, after=3, mean_return_100=9.4, policy_entropy=2 * COLLAPSED_BITS * math.log(2))
    assert record_of(begun + certain).has_collapsed
    assert record_of([*begun, *certain, finished()]).has_collapsed
    assert not record_of(begun + playful).has_collapsed
    assert not record_of(begun + certain + updates(1, after=23, mean_return_100=200.0)).has_collapsed


# ---- as a history


def recorded(steps: int) -> Recorder:
    recorder = Recorder(10_000, "CartPole-v1")
    for end in range(100, steps + 1, 100):
        recorder.take(EpisodeEnded(end, 0, end / 10, 5, 0.0))
    recorder.take(RunFinished(FinishReason.COMPLETED, steps))
    return recorder


def test_the_curve_of_returns_is_the_line_of_mean_returns() -> None:
    history = history_of(SETTINGS, recorded(10_000).record)
    steps, returns = history.curve("mean_return").means()
    assert np.array_equal(steps, np.arange(100.0, 10_001.0, 100.0))
    assert np.allclose(returns, steps / 10)
    assert history.settings == SETTINGS
    assert history.steps == 10_000


def test_a_run_that_ended_early_has_no_curve_beyond_its_end() -> None:
    history = history_of(SETTINGS, recorded(4_000).record)
    steps, _ = history.curve("mean_return").means()
    assert steps[-1] == 4_000
    assert history.steps == 4_000
