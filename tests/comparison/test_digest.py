"""What a comparison says so far is the same whether it was asked all along or once at the end."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest

from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_RETURN,
    MEAN_RETURN,
    STEPS_TO_THRESHOLD,
    measures_for,
)
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import COLUMNS, Recorder, RunRecord
from ppo_desktop.comparison.statistics import Centre, bootstrap_interval
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.quantities import RETURN
from tests.comparisons import BUDGET, compared, ended_with, episode, finished, record_of, started, update

ENTROPY = "policy_entropy"
QUESTION = Question(FINAL_RETURN, 0, Centre.MEAN, (RETURN.name, ENTROPY))

Runs = dict[RunKey, RunRecord]


class Growing:
    """Runs that learn side by side, each with numbers of its own."""

    def __init__(self, comparison: Comparison) -> None:
        self.recorders = {key: Recorder(BUDGET, "CartPole-v1") for key in comparison.run_keys()}
        for recorder in self.recorders.values():
            recorder.take(started())

    def grow(self, key: RunKey, begin: int, end: int) -> None:
        """Let a run go on: every 5 steps an episode ends, every 10 an update."""
        random = np.random.default_rng([key.variant, key.seed, begin])
        for steps in range(begin + 5, end + 1, 5):
            self.recorders[key].take(episode(steps, random.normal(key.variant, 5)))
            if steps % 10 == 0:
                self.recorders[key].take(update(steps, policy_entropy=random.random()))

    def records(self) -> Runs:
        return {key: recorder.record for key, recorder in self.recorders.items()}


def assert_as_fresh(digest: Digest, records: Runs) -> None:
    """All is as if asked for the first time, and bands are plain bootstrap intervals."""
    fresh = Digester(digest.comparison).digest(records, digest.question)
    assert digest.steps == fresh.steps
    assert digest.statements == fresh.statements
    assert digest.bands.keys() == fresh.bands.keys()
    for column, bands in digest.bands.items():
        for band, same in zip(bands, fresh.bands[column], strict=True):
            low, high = bootstrap_interval(band.seeds.T)
            np.testing.assert_array_equal(band.low, low)
            np.testing.assert_array_equal(band.high, high)
            np.testing.assert_array_equal(band.seeds, same.seeds)
            np.testing.assert_array_equal(band.steps, same.steps)
            np.testing.assert_array_equal(band.mean, same.mean)


# ---- curves


def test_bands_built_up_step_by_step_are_those_of_all_at_once() -> None:
    comparison = compared()
    runs = Growing(comparison)
    digester = Digester(comparison)
    moments = [0, 50, 50, 130, 400, 410, 1000]
    for begin, end in zip([0, *moments], moments, strict=False):
        for key in runs.recorders:
            runs.grow(key, begin, end)
        digest = digester.digest(runs.records(), QUESTION)
        assert digest.steps == end
        assert digest.bands[RETURN.name][0].seeds.shape == (3, end // 10)
        assert_as_fresh(digest, runs.records())
    assert digest.bands[RETURN.name][1].steps.tolist() == list(range(10, 1001, 10))


def test_runs_that_are_not_equally_far_are_drawn_as_far_as_the_last_of_their_variant() -> None:
    comparison = compared()
    runs = Growing(comparison)
    for place, key in enumerate(runs.recorders):
        runs.grow(key, 0, 100 + 10 * place)
    digest = Digester(comparison).digest(runs.records(), QUESTION)
    assert digest.steps == 100, "results are those all runs have come to"
    assert [band.steps[-1] for band in digest.bands[RETURN.name]] == [100, 110]
    assert_as_fresh(digest, runs.records())


def test_a_column_that_is_asked_for_later_is_there_whole() -> None:
    comparison = compared()
    runs = Growing(comparison)
    digester = Digester(comparison)
    for key in runs.recorders:
        runs.grow(key, 0, 300)
    digester.digest(runs.records(), QUESTION)
    for key in runs.recorders:
        runs.grow(key, 300, 500)
    digest = digester.digest(runs.records(), replace(QUESTION, columns=(ENTROPY, "approx_kl")))
    assert set(digest.bands) == {ENTROPY, "approx_kl"}
    assert digest.bands["approx_kl"][0].seeds.shape == (3, 50)
    assert_as_fresh(digest, runs.records())


def test_a_seed_that_begins_later_makes_the_band_anew() -> None:
    comparison = compared()
    runs = Growing(comparison)
    digester = Digester(comparison)
    for key in runs.recorders:
        if key.seed < 3:
            runs.grow(key, 0, 500)
    begun = {key: record for key, record in runs.records().items() if key.seed < 3}
    assert digester.digest(begun, QUESTION).bands[RETURN.name][0].seeds.shape == (2, 50)
    for key in runs.recorders:
        if key.seed == 3:
            runs.grow(key, 0, 200)
    digest = digester.digest(runs.records(), QUESTION)
    assert digest.bands[RETURN.name][0].seeds.shape == (3, 20)
    assert_as_fresh(digest, runs.records())


def test_runs_that_began_anew_make_the_band_anew() -> None:
    comparison = compared()
    runs = Growing(comparison)
    digester = Digester(comparison)
    for key in runs.recorders:
        runs.grow(key, 0, 500)
    digester.digest(runs.records(), QUESTION)
    again = Growing(comparison)
    for key in again.recorders:
        again.grow(key, 0, 10)  # other numbers: the generator was begun elsewhere
        again.grow(key, 10, 700)
    digest = digester.digest(again.records(), QUESTION)
    assert digest.bands[RETURN.name][0].seeds.shape == (3, 70)
    assert_as_fresh(digest, again.records())


def test_a_run_that_fails_leaves_its_band() -> None:
    comparison = compared()
    runs = Growing(comparison)
    digester = Digester(comparison)
    for key in runs.recorders:
        runs.grow(key, 0, 500)
    digester.digest(runs.records(), QUESTION)
    runs.recorders[RunKey(0, 2)].take(finished(500, FinishReason.FAILED, "motor burnt out"))
    digest = digester.digest(runs.records(), QUESTION)
    assert digest.failed == {(0, 2): "motor burnt out"}
    assert digest.bands[RETURN.name][0].seeds.shape == (2, 50)
    assert set(digest.estimates["final_return"][0].samples) == {1, 3}
    assert_as_fresh(digest, runs.records())


def test_a_run_that_failed_of_a_seed_that_is_not_there_any_more_is_not_counted() -> None:
    records = {
        RunKey(0, seed): ended_with(1.0, FinishReason.FAILED if seed > 1 else FinishReason.COMPLETED)
        for seed in range(1, 7)
    }
    digest = Digester(compared(n_seeds=5)).digest(records, QUESTION)
    assert set(digest.failed) == {(0, 2), (0, 3), (0, 4), (0, 5)}


def test_a_run_that_diverges_stays_where_it_was_and_is_named() -> None:
    comparison = compared()
    runs = Growing(comparison)
    for key in runs.recorders:
        runs.grow(key, 0, 300 if key == RunKey(1, 2) else 1000)
    runs.recorders[RunKey(1, 2)].take(finished(300, FinishReason.DIVERGED, "not finite"))
    digest = Digester(comparison).digest(runs.records(), QUESTION)
    assert digest.diverged == ((), (2,))
    assert digest.failed == {}
    assert digest.steps == BUDGET
    curve = digest.bands[RETURN.name][1].seeds[1]
    assert (curve[30:] == curve[29]).all()
    assert_as_fresh(digest, runs.records())


def test_a_curve_in_which_nothing_has_ended_yet_has_no_mean() -> None:
    comparison = compared((0.2,), n_seeds=2)
    records = {
        RunKey(0, 1): record_of([episode(10, 1.0), update(30)]),
        RunKey(0, 2): record_of([episode(30, 3.0), update(30)]),
    }
    (band,) = Digester(comparison).digest(records, QUESTION).bands[RETURN.name]
    np.testing.assert_array_equal(band.mean, [math.nan, math.nan, 2.0])
    np.testing.assert_array_equal(np.isnan(band.low), [True, True, False])


# ---- few runs


@pytest.mark.parametrize("n_runs", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("centre", list(Centre))
def test_however_few_runs_have_begun_nothing_is_warned_of(n_runs: int, centre: Centre) -> None:
    comparison = compared((0.1, 0.2), n_seeds=2)
    records = {key: ended_with(10.0 + key.seed) for key in list(comparison.run_keys())[:n_runs]}
    question = replace(QUESTION, centre=centre, columns=COLUMNS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        digest = Digester(comparison).digest(records, question)
        for measure in measures_for("CartPole-v1"):
            Digester(comparison).digest(records, replace(question, measure=measure, reference=1))
    assert [len(band.seeds) for band in digest.bands[RETURN.name]] == [(n_runs + 1) // 2, n_runs // 2]
    assert [len(e.samples) for e in digest.estimates["final_return"]] == [(n_runs + 1) // 2, n_runs // 2]
    assert [statement.variant for statement in digest.statements] == [1]


def test_runs_that_have_begun_and_told_nothing_are_no_trouble() -> None:
    comparison = compared()
    records = {key: RunRecord(BUDGET) for key in comparison.run_keys()}
    digest = Digester(comparison).digest(records, replace(QUESTION, columns=COLUMNS))
    assert digest.steps == 0
    assert all(band.seeds.shape == (3, 0) for band in digest.bands[RETURN.name])
    assert all(math.isnan(estimate.centre) for estimate in digest.estimates["final_return"])


# ---- results


def test_results_are_of_the_variants_and_in_the_words_of_the_question() -> None:
    comparison = compared((0.1, 0.2), n_seeds=3)
    records = {
        key: ended_with(key.variant * 100.0 + key.seed * (key.variant + 1)) for key in comparison.run_keys()
    }
    digest = Digester(comparison).digest(records, replace(QUESTION, measure=MEAN_RETURN, reference=1))
    assert [estimate.centre for estimate in digest.estimates["mean_return"]] == pytest.approx([2, 104])
    assert digest.estimates["final_return"][1].samples == pytest.approx({1: 102, 2: 104, 3: 106})
    (statement,) = digest.statements
    assert statement.variant == 0
    assert "worse than 0.20 by 102.0 ± 2.5 (3 of 3 seeds)" in statement.text
    assert set(digest.estimates) == {measure.name for measure in measures_for("CartPole-v1")}


def test_only_what_is_asked_for_and_the_final_return_has_an_interval() -> None:
    comparison = compared((0.2,), n_seeds=3)
    records = {key: ended_with(float(key.seed)) for key in comparison.run_keys()}
    digest = Digester(comparison).digest(records, replace(QUESTION, measure=MEAN_RETURN))
    with_interval = {name for name, (e,) in digest.estimates.items() if math.isfinite(e.low)}
    assert with_interval == {"final_return", "mean_return"}


def test_the_centre_that_is_asked_for_stands_for_the_result_that_is_asked_for_alone() -> None:
    comparison = compared((0.2,), n_seeds=5)
    records = {key: ended_with(1000.0 if key.seed == 5 else 10.0) for key in comparison.run_keys()}
    question = replace(QUESTION, measure=MEAN_RETURN, centre=Centre.INTERQUARTILE_MEAN)
    digest = Digester(comparison).digest(records, question)
    assert digest.estimates["mean_return"][0].centre == pytest.approx(10)
    assert digest.estimates["final_return"][0].centre == pytest.approx(208)


def test_of_a_collapse_that_is_not_defined_nothing_is_said() -> None:
    comparison = compared(environment_id="Pendulum-v1")
    records = {key: ended_with(1.0) for key in comparison.run_keys()}
    for record in records.values():
        record.has_collapsed = None
    digest = Digester(comparison).digest(records, replace(QUESTION, measure=COLLAPSED))
    assert math.isnan(digest.estimates["collapsed"][0].centre)
    assert digest.statements == ()


def test_a_result_that_an_environment_does_not_have_leaves_the_sentences_empty() -> None:
    comparison = compared(environment_id="Pendulum-v1")
    records = {key: ended_with(1.0) for key in comparison.run_keys()}
    asked = replace(QUESTION, measure=STEPS_TO_THRESHOLD)
    digest = Digester(comparison).digest(records, asked)
    assert digest.statements == ()
