"""Arrays of trials: what is known is not computed again, and nothing foreign does harm."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.tune.trial_arrays import TrialArrays, trial_arrays
from tests.shown_studies import at, digested, many, without_value


def test_states_are_told_apart() -> None:
    arrays = TrialArrays(
        digested(
            [
                at(0, 10.0),
                at(1, 5.0, state=TrialState.PRUNED),
                without_value(2, TrialState.FAILED),
                without_value(3, TrialState.INTERRUPTED),
                without_value(4, TrialState.RUNNING),
            ]
        )
    )
    assert arrays.is_complete.tolist() == [True, False, False, False, False]
    assert arrays.is_pruned.tolist() == [False, True, False, False, False]
    assert arrays.is_failed.tolist() == [False, False, True, False, False]
    assert arrays.is_interrupted.tolist() == [False, False, False, True, False]


def test_positions_are_those_of_the_scale() -> None:
    arrays = TrialArrays(digested([at(0, 1.0, 0.25, 0.0, 1.0), at(1, 1.0, 1.0, 0.5, 0.0)]))
    assert arrays.positions("clip_range") == pytest.approx([0.25, 1.0], abs=0.01)
    assert arrays.positions("learning_rate") == pytest.approx([0.0, 0.5], abs=0.01)


def test_a_value_nobody_can_place_has_no_position() -> None:
    arrays = TrialArrays(digested([at(0, 1.0, values={"clip_range": "wide"}), at(1, 1.0, values={})]))
    assert np.isnan(arrays.positions("clip_range")).all()


def test_figures_share_the_arrays_of_a_digest() -> None:
    digest = digested(many(5))
    assert trial_arrays(digest) is trial_arrays(digest)


def test_a_digest_that_nobody_draws_is_let_go() -> None:
    digest = digested(many(5))
    arrays = trial_arrays(digest)
    assert trial_arrays(digested(many(6))).digest is not digest
    is_there = weakref.ref(digest)
    del digest, arrays
    gc.collect()
    assert is_there() is None


def test_a_later_digest_has_the_same_positions_as_one_computed_anew() -> None:
    trials = many(30)
    earlier = TrialArrays(digested(trials[:20]))
    earlier.positions("clip_range")
    changed = [*trials[:10], at(10, 3.0, 0.9, 0.9, 0.9), *trials[11:]]
    digest = digested(changed)
    grown = TrialArrays(digest, earlier).positions("clip_range")
    assert grown == pytest.approx(TrialArrays(digest).positions("clip_range"))
