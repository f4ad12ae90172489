"""What a run is judged by."""

from __future__ import annotations

import math

import pytest

from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_CLIP_FRACTION,
    FINAL_ENTROPY,
    FINAL_KL,
    FINAL_RETURN,
    MEAN_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
    measures_for,
    run_results,
)
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.ppo.events import Event, FinishReason
from tests.comparisons import episode, finished, record_of, update

# ---- what is calculated


def test_the_final_return_is_the_mean_of_the_episodes_that_ended_in_the_last_20_percent() -> None:
    record = record_of(
        [episode(800, 500), episode(801, 10), episode(802, 20), episode(803, 30), episode(1000, 100)]
    )
    assert FINAL_RETURN.of(record, N_BINS) == (10 + 20 + 30 + 100) / 4


def test_of_a_run_in_the_middle_it_is_the_last_20_percent_so_far() -> None:
    record = record_of([episode(10 * n, n) for n in range(1, 101)])
    assert FINAL_RETURN.of(record, 50) == sum(range(41, 51)) / 10
    assert FINAL_RETURN.of(record, 1) == 1, "at least one bin"
    assert math.isnan(FINAL_RETURN.of(record, 0))


def test_a_final_return_in_which_no_episode_ended_is_the_one_before() -> None:
    assert FINAL_RETURN.of(record_of([episode(300, 7), episode(700, 9)]), N_BINS) == 9
    assert math.isnan(FINAL_RETURN.of(record_of([]), N_BINS))


def test_a_run_that_diverged_keeps_what_it_had() -> None:
    record = record_of([episode(300, 7), update(320, approx_kl=0.5), finished(330, FinishReason.DIVERGED)])
    assert FINAL_RETURN.of(record, N_BINS) == 7
    assert FINAL_KL.of(record, N_BINS) == 0.5


def test_final_figures_of_updates_are_the_means_of_the_last_20_percent() -> None:
    early = update(800, policy_entropy=9.0, clip_fraction=0.9, approx_kl=9.0, max_ratio=99.0)
    late = [
        update(850, policy_entropy=0.2 * math.log(2), clip_fraction=0.1, approx_kl=0.01, max_ratio=2.0),
        update(900, policy_entropy=0.4 * math.log(2), clip_fraction=0.3, approx_kl=0.03, max_ratio=4.0),
    ]
    record = record_of([early, *late])
    assert FINAL_ENTROPY.of(record, N_BINS) == pytest.approx(0.3), "in bits"
    assert FINAL_CLIP_FRACTION.of(record, N_BINS) == pytest.approx(0.2)
    assert FINAL_KL.of(record, N_BINS) == pytest.approx(0.02)
    assert MEASURES["final_max_ratio"].of(record, N_BINS) == pytest.approx(3)


def test_the_mean_return_is_the_area_under_the_curve_and_not_the_mean_of_the_episodes() -> None:
    short = [episode(10 * n, 10) for n in range(1, 51)]
    many: list[Event] = [episode(510, 10)] * 50
    record = record_of([*short, *many, episode(520, 110)])
    # Fifty-one bins with 10, and forty-nine with 110.
    assert MEAN_RETURN.of(record, N_BINS) == pytest.approx((51 * 10 + 49 * 110) / 100)
    assert MEAN_RETURN.of(record, 50) == 10


def test_before_the_first_episode_the_curve_has_no_area() -> None:
    assert MEAN_RETURN.of(record_of([episode(500, 10)]), N_BINS) == 10
    assert math.isnan(MEAN_RETURN.of(record_of([]), N_BINS))


def solved_at(steps: int, episodes: int = 100) -> list[Event]:
    return [*(episode(1, 9, 9) for _ in range(episodes - 1)), episode(steps, 500, 480)]


def test_steps_until_solved_are_those_of_the_hundredth_episode_at_the_earliest() -> None:
    assert STEPS_TO_THRESHOLD.of(record_of(solved_at(640)), N_BINS) == 640
    assert STEPS_TO_THRESHOLD.of(record_of(solved_at(640, episodes=99)), N_BINS) == 1000


def test_a_run_that_is_not_solved_took_all_steps_that_count() -> None:
    assert STEPS_TO_THRESHOLD.of(record_of([episode(10, 9, 9)]), N_BINS) == 1000
    assert STEPS_TO_THRESHOLD.of(record_of([episode(10, 9, 9)]), 30) == 300
    assert STEPS_TO_THRESHOLD.of(record_of(solved_at(640)), 50) == 500, "by then it was not solved"
    assert STEPS_TO_THRESHOLD.of(record_of(solved_at(1001)), N_BINS) == 1000


def test_a_collapse_is_one_and_none_is_zero() -> None:
    record = record_of([update(10)])
    assert COLLAPSED.of(record, N_BINS) == 0
    record.has_collapsed = True
    assert COLLAPSED.of(record, N_BINS) == 1
    record.has_collapsed = None
    assert math.isnan(COLLAPSED.of(record, N_BINS)), "it is not defined for continuous actions"


def test_the_epochs_that_a_brake_left_are_those_of_the_last_fifth() -> None:
    record = record_of([update(500, epochs_run=20), update(900, epochs_run=2), update(1000, epochs_run=3)])
    assert MEASURES["final_epochs_run"].of(record, N_BINS) == 2.5
    assert MEASURES["final_epochs_run"].write(2.5) == "2.5"


# ---- all of one run


def test_every_result_of_a_run_has_its_name() -> None:
    results = run_results(record_of([*solved_at(640), update(1000), finished()]), "CartPole-v1")
    assert list(results) == list(MEASURES)
    assert results["steps_to_threshold"] == 640
    assert results["collapsed"] == 0
    assert all(map(math.isfinite, results.values()))


def test_the_steps_of_a_run_that_is_not_solved_are_not_defined() -> None:
    results = run_results(record_of([episode(10, 9, 9), update(500)]), "CartPole-v1")
    assert math.isnan(results["steps_to_threshold"])
    assert results["mean_return"] == 9


def test_no_result_of_a_run_that_failed_is_defined() -> None:
    failed = record_of([*solved_at(640), update(1000), finished(reason=FinishReason.FAILED)])
    assert all(map(math.isnan, run_results(failed, "CartPole-v1").values()))


def test_a_result_that_the_environment_does_not_have_is_not_there() -> None:
    assert "steps_to_threshold" not in run_results(record_of([]), "Pendulum-v1")


# ---- how it is written


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (FINAL_RETURN, 1204.26, "1 204.3"),
        (FINAL_RETURN, -12.0, "−12.0"),
        (STEPS_TO_THRESHOLD, 45_678.4, "45 678"),
        (FINAL_ENTROPY, 0.12345, "0.123"),
        (COLLAPSED, 2 / 3, "66.7 %"),
        (COLLAPSED, -0.5, "−50.0 %"),
        (FINAL_KL, 0.01234, "0.0123"),
        (FINAL_KL, 0.0, "0.0"),
        (FINAL_KL, 0.000012345, "1.2e−5"),
        (FINAL_KL, -0.02, "−0.0200"),
        (MEASURES["final_max_ratio"], 1.456, "1.46"),
        (FINAL_RETURN, math.nan, "—"),
        (COLLAPSED, math.nan, "—"),
        (FINAL_KL, math.inf, "—"),
    ],
)
def test_a_value_is_written_with_the_digits_that_mean_something(
    measure: Measure, value: float, text: str
) -> None:
    assert measure.write(value, "CartPole-v1") == text


def test_returns_have_the_decimals_of_their_environment_and_other_results_their_own() -> None:
    assert MEAN_RETURN.write(0.12345, "GridWorld-v0") == FINAL_RETURN.write(0.12345, "GridWorld-v0") == "0.12"
    assert MEASURES["final_max_ratio"].write(0.12345, "CartPole-v1") == "0.12"
    assert FINAL_RETURN.write(0.12345, "Unheard/Of-v0") == "0.1"


def test_a_difference_of_percentages_is_in_points_and_has_its_interval_where_there_is_one() -> None:
    assert COLLAPSED.write_difference(0.4, 0.05) == "40.0 ± 5.0 percentage points"
    assert COLLAPSED.write_difference(-0.4, math.nan) == "−40.0 percentage points"
    assert FINAL_RETURN.write_difference(-12.0, 3.5) == "−12.0 ± 3.5"
    assert FINAL_RETURN.write_difference(-12.0, 0.0) == "−12.0"


def test_a_column_names_the_unit() -> None:
    assert (FINAL_ENTROPY.column, FINAL_KL.column) == ("final_entropy_bits", "final_approx_kl_nats")
    assert FINAL_RETURN.column == "final_return"


# ---- which there are


def test_every_result_has_its_name_and_words_of_its_own() -> None:
    assert all(name == measure.name for name, measure in MEASURES.items())
    assert len({measure.label for measure in MEASURES.values()}) == len(MEASURES)
    assert len({measure.header for measure in MEASURES.values()}) == len(MEASURES)


def test_which_end_is_better_is_known_of_results_but_not_of_figures() -> None:
    better = {name: measure.quantity.higher_is_better for name, measure in MEASURES.items()}
    assert {name: is_better for name, is_better in better.items() if is_better is not None} == {
        "final_return": True,
        "steps_to_threshold": False,
        "mean_return": True,
        "collapsed": False,
    }


def test_where_nothing_counts_as_solved_nobody_asks_for_the_steps_until_then() -> None:
    everything = tuple(MEASURES.values())
    without = tuple(measure for measure in everything if measure is not STEPS_TO_THRESHOLD)
    assert measures_for("CartPole-v1") == everything
    assert measures_for("Pendulum-v1") == without
    assert measures_for("Unheard/Of-v0") == without
