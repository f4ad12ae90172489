"""The trials of a study in arrays, built once for all figures that draw them. No widgets."""

from __future__ import annotations

import math
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.tune.dimension_scale import choice_gap

_SPREAD = 0.5
"""How far trials of the same choice are spread, as a share of the room between two choices."""
_GOLDEN = 0.6180339887
Mask = NDArray[np.bool_]


class TrialArrays:
    """One entry for each trial of a digest, in its order.

    Args:
        digest: What they are taken from.
        earlier: Those of an earlier digest: what is known already is not computed again.

    Attributes:
        digest: What they are taken from.
        numbers: Numbers of the trials.
        objectives: What is maximised; nan without a value.
        is_complete: Which have a value comparable to others.
        is_pruned: Which were ended early, with the value of their last report.
        is_failed: Which have none, by their own fault.
        is_interrupted: Which have none because they were stopped.
        is_random: The values of which were drawn at random.
    """

    def __init__(self, digest: StudyDigest, earlier: TrialArrays | None = None) -> None:
        trials = digest.trials
        self.digest = digest
        self.numbers = np.array([trial.number for trial in trials], dtype=np.int64)
        self.objectives = np.array([_number(trial.objective) for trial in trials], dtype=float)
        states = [trial.state for trial in trials]
        has_value = np.isfinite(self.objectives)
        self.is_complete: Mask = _are(states, TrialState.COMPLETE) & has_value
        self.is_pruned: Mask = _are(states, TrialState.PRUNED) & has_value
        self.is_failed: Mask = _are(states, TrialState.FAILED)
        self.is_interrupted: Mask = _are(states, TrialState.INTERRUPTED)
        self.is_random: Mask = np.array([trial.is_random for trial in trials], dtype=bool)
        self._positions: dict[str, Doubles] = {}
        self._known = self._known_by(earlier)
        self._places = {trial.number: place for place, trial in enumerate(trials)}

    @property
    def has_value(self) -> Mask:
        """Which trials have a value, their own or that of a last report."""
        return self.is_complete | self.is_pruned

    @property
    def best(self) -> int | None:
        """Number of the best trial, None without any."""
        return None if self.digest.best is None else self.digest.best.number

    @property
    def best_place(self) -> int | None:
        """Where the best trial stands in the arrays, None without any."""
        return None if self.best is None else self._places.get(self.best)

    def place_of(self, number: int) -> int | None:
        """Return where a trial stands in the arrays, None if there is none of that number."""
        return self._places.get(number)

    def positions(self, field: str) -> Doubles:
        """Return where each trial lies on a searched hyperparameter's own scale, 0…1; nan without a value."""
        if field not in self._positions:
            dimension = self.digest.plan.dimension(field)
            known = self._known.get(field, np.empty(0))
            new = [
                _position(dimension, trial.values[field]) if field in trial.values else math.nan
                for trial in self.digest.trials[len(known) :]
            ]
            self._positions[field] = np.concatenate([known, np.array(new, dtype=float)])
        return self._positions[field]

    def drawn_positions(self, field: str) -> Doubles:
        """Return where each trial is drawn along an axis; nan where it lies outside the range.

        Trials of the same choice are spread around it by their numbers, so that they do not hide each other.
        """
        positions = self.positions(field)
        is_inside = (positions >= 0) & (positions <= 1)
        spread = _SPREAD * choice_gap(self.digest.plan.dimension(field))
        drawn = positions + spread * ((self.numbers * _GOLDEN) % 1.0 - 0.5)
        return np.where(is_inside, drawn, np.nan)

    def _known_by(self, earlier: TrialArrays | None) -> dict[str, Doubles]:
        """Return the positions of as many trials, from the first on, as have the values they had then."""
        if earlier is None or earlier.digest.plan != self.digest.plan:
            return {}
        n = 0
        for before, now in zip(earlier.digest.trials, self.digest.trials, strict=False):
            if before is not now and before.values != now.values:
                break
            n += 1
        return {field: positions[:n] for field, positions in earlier._positions.items()}


def trial_arrays(digest: StudyDigest) -> TrialArrays:
    """Return the arrays of a digest: figures share them as long as one of them draws them."""
    arrays = _drawn.get(id(digest))
    if arrays is None:
        earlier = list(_drawn.values())
        arrays = _drawn[id(digest)] = TrialArrays(digest, earlier[-1] if earlier else None)
    return arrays


_drawn: WeakValueDictionary[int, TrialArrays] = WeakValueDictionary()
"""By the identity of their digest, which lives as long as they do."""


def _are(states: list[TrialState], state: TrialState) -> Mask:
    return np.array([one is state for one in states], dtype=bool)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _position(dimension: Dimension, value: Value) -> float:
    """Return where a value lies; nan if it has no place there, as one that another program has written."""
    try:
        return dimension.position(value)
    except (ValueError, TypeError, AssertionError):
        return math.nan
