"""What a map shows: a number for each of its cells, as of any moment of training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.comparison.measures import MEAN_RETURN, MEASURES, Measure
from ppo_desktop.comparison.record import N_BINS, RunRecord, steps_after
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.quantities import COMPARED, Quantity
from ppo_desktop.study.map_order import map_shape
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

Counts = NDArray[np.int64]
_MOST_BYTES = 64 * 2**20
"""Memory for results of all seeds and cells that have been asked for, so that choosing one again is quick."""
_FEWEST_KEPT = 2
"""Results for which there is room in any case: as many as are shown side by side."""


class Statistic(Labelled):
    """How the numbers of a cell's seeds become one.

    Attributes:
        WORST: The one at the end that is worse; of quantities of which neither end is better there is none.
        SPREAD: The highest minus the lowest.
    """

    MEAN = "mean", "Mean of seeds"
    WORST = "worst", "Worst seed"
    SPREAD = "spread", "Spread of seeds"


class CellState(IntEnum):
    """What there is of a cell."""

    EMPTY = 0
    RUNNING = 1
    MEASURED = 2


@dataclass(frozen=True)
class MapQuestion:
    """What is asked of a map.

    Attributes:
        result: A result of runs, a key of `MEASURES`; or a quantity at the moment shown, one of `COMPARED`.
        statistic: How the numbers of seeds become one.
        n_bins: After how much of training, 1…N_BINS.
    """

    result: str = MEAN_RETURN.name
    statistic: Statistic = Statistic.MEAN
    n_bins: int = N_BINS

    def __post_init__(self) -> None:
        if self.statistic not in self.statistics:
            raise ValueError(f"Of {self.result} no seed is the worst.")

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """The statistics that mean something of what is asked for."""
        has_a_worse_end = self.quantity.higher_is_better is not None
        return tuple(each for each in Statistic if has_a_worse_end or each is not Statistic.WORST)

    @property
    def measure(self) -> Measure | None:
        """The result of runs that is asked for; None where it is a quantity at a moment."""
        return MEASURES.get(self.result)

    @property
    def quantity(self) -> Quantity:
        """Of which quantity it is."""
        return COMPARED[self.result] if self.measure is None else self.measure.quantity


@dataclass(frozen=True, eq=False)
class MapDigest:
    """What a map shows; all arrays begin with (rows, columns), the lowest values first.

    Attributes:
        plan: Its first dimension goes across, its second one up.
        values: What is asked for, in the shown unit; nan where there is none.
        by_seed: The same of each seed, (rows, columns, seeds).
        states: What there is of each cell, a `CellState`.
        trial_numbers: The trial of each cell that is measured or running; -1 without one.
        solved: How many seeds had been solved by then.
        collapsed: Of how many the policy has collapsed, known at the end of training; else 0.
        diverged: How many had diverged by then.
        ends: Lowest and highest of `values` over all of training, for colours that stay; None without any.
    """

    plan: StudyPlan
    question: MapQuestion
    values: Doubles
    by_seed: Doubles
    states: Counts
    trial_numbers: Counts
    solved: Counts
    collapsed: Counts
    diverged: Counts
    ends: tuple[float, float] | None

    @cached_property
    def shares(self) -> Doubles:
        """How many of the values, as a share, are below each and half of those equal to it; nan without one.

        So colours by quantile are told apart as well as they can be.
        """
        known = np.isfinite(self.values)
        found = self.values[known]
        shares = np.full(self.values.shape, np.nan)
        if found.size:
            ordered = np.sort(found)
            below, up_to = (np.searchsorted(ordered, found, side) for side in ("left", "right"))
            shares[known] = (below + up_to) / (2 * found.size)
        return shares

    @property
    def n_measured(self) -> int:
        """How many cells are measured."""
        return int((self.states == CellState.MEASURED).sum())

    @property
    def extreme(self) -> int | None:
        """The number of the best cell so far by what is asked for, the first of equals.

        It is the highest, or the lowest where that is better; None without any, where neither is, and of the
        spread.
        """
        higher_is_better = self.question.quantity.higher_is_better
        if self.question.statistic is Statistic.SPREAD:
            return None
        if higher_is_better is None or not np.isfinite(self.values).any():
            return None
        return int(np.nanargmax(self.values if higher_is_better else -self.values))


def values_of_cells(plan: StudyPlan) -> dict[int, dict[str, Value]]:
    """Return {cell: its values} of all cells of a map."""
    return {number: plan.combination_values(number) for number in range(plan.combinations)}


def trials_of_cells(
    cells: Mapping[int, Mapping[str, Value]], trials: Iterable[TrialRecord]
) -> dict[int, TrialRecord]:
    """Return {cell: its trial} of cells that are measured or being measured.

    Of a cell with several trials it is the first that is done; those with values of another cell, which a
    study may have from elsewhere, are none.

    Args:
        cells: {cell: its values} of those that are looked for.
        trials: Of the map's study, by number.
    """
    chosen: dict[int, TrialRecord] = {}
    for trial in trials:
        cell, is_running = trial.combination, trial.state is TrialState.RUNNING
        if cell is None or cell not in cells or not (is_running or trial.state.is_done):
            continue
        if trial.values and dict(trial.values) != cells[cell]:
            continue
        if cell not in chosen or not chosen[cell].state.is_done:
            chosen[cell] = trial
    return chosen


class MapDigester:
    """Answers questions about one map; what has been found out of a trial is not found out again.

    Of a map with 400 cells an answer takes less than a millisecond once the runs are decoded, which takes a
    third of a millisecond a trial and result.
    """

    def __init__(self, plan: StudyPlan) -> None:
        self._plan = plan
        self._shape = map_shape(plan)
        self._cells = values_of_cells(plan)
        self._signs: dict[int, tuple[int, _Signs]] = {}
        self._along: dict[str, _Along] = {}
        """The results asked for last, the latest at the end."""

    def digest(self, trials: Iterable[TrialRecord], question: MapQuestion) -> MapDigest:
        """Return what a map shows, of trials of its study; those that are none of its cells are left out."""
        chosen = trials_of_cells(self._cells, trials)
        measured = {cell: trial for cell, trial in chosen.items() if trial.state.is_done}
        along = self._of_result(question.result)
        along.take(measured)
        states, numbers = np.full(self._shape, CellState.EMPTY), np.full(self._shape, -1)
        for cell, trial in chosen.items():
            states.flat[cell] = CellState.MEASURED if trial.state.is_done else CellState.RUNNING
            numbers.flat[cell] = trial.number
        solved, collapsed, diverged = self._counted(measured, question.n_bins)
        by_seed = along.numbers[..., question.n_bins - 1].reshape(*self._shape, -1)
        return MapDigest(
            self._plan,
            question,
            along.of(question.statistic)[..., question.n_bins - 1].reshape(self._shape),
            by_seed,
            states,
            numbers,
            solved,
            collapsed,
            diverged,
            along.ends_of(question.statistic),
        )

    def _of_result(self, result: str) -> _Along:
        """Return what is known of a result; of those that were not asked for lately nothing is kept."""
        along = self._along.pop(result, None) or _Along(self._plan, result)
        n_kept = max(_FEWEST_KEPT, _MOST_BYTES // along.numbers.nbytes)
        while len(self._along) >= n_kept:
            del self._along[next(iter(self._along))]
        self._along[result] = along
        return along

    def _counted(self, measured: dict[int, TrialRecord], n_bins: int) -> list[Counts]:
        """Return of each cell how many seeds were solved, had collapsed and had diverged by then."""
        for cell, trial in measured.items():
            if self._signs.get(cell, (-1,))[0] != trial.number:
                self._signs[cell] = trial.number, _Signs.of(trial.runs)
        counts = [np.zeros(self._shape, dtype=np.int64) for _ in range(3)]
        steps = steps_after(n_bins, self._plan.total_steps)
        for cell in measured:
            _, signs = self._signs[cell]
            is_over = n_bins == N_BINS
            found = (
                sum(reached <= steps for reached in signs.solved),
                signs.collapsed if is_over else 0,
                sum(is_over or end <= steps for end in signs.diverged),
            )
            for count, number in zip(counts, found, strict=True):
                count.flat[cell] = number
        return counts


@dataclass(frozen=True)
class _Signs:
    """What is marked in a cell: at which steps seeds were solved and diverged, how many collapsed."""

    solved: tuple[int, ...]
    collapsed: int
    diverged: tuple[int, ...]

    @classmethod
    def of(cls, runs: Iterable[RunRecord]) -> _Signs:
        runs = tuple(runs)
        return cls(
            tuple(run.steps_to_threshold for run in runs if run.steps_to_threshold is not None),
            sum(run.has_collapsed is True for run in runs),
            tuple(run.steps for run in runs if run.has_diverged),
        )


class _Along:
    """One result of all cells, after each bin of training.

    Attributes:
        numbers: Of each seed, (cells, seeds, N_BINS), in the shown unit; nan without one.
    """

    def __init__(self, plan: StudyPlan, result: str) -> None:
        shape = (plan.combinations, plan.n_seeds, N_BINS)
        self._measure, self._quantity = MEASURES.get(result), COMPARED.get(result)
        quantity = self._quantity if self._measure is None else self._measure.quantity
        assert quantity is not None
        self._higher_is_better = quantity.higher_is_better
        self.numbers = np.full(shape, np.nan)
        self._trials: dict[int, int] = {}
        self._found: dict[Statistic, Doubles] = {}
        self._ends: dict[Statistic, tuple[float, float] | None] = {}

    def take(self, measured: dict[int, TrialRecord]) -> None:
        """Take in the trials of cells; those that are known already are passed over."""
        for cell in [cell for cell in self._trials if cell not in measured]:
            del self._trials[cell]
            self._set(cell, ())
        for cell, trial in measured.items():
            if self._trials.get(cell) != trial.number:
                self._trials[cell] = trial.number
                self._set(cell, trial.runs)

    def of(self, statistic: Statistic) -> Doubles:
        """Return one number for each cell, (cells, N_BINS)."""
        if statistic not in self._found:
            self._found[statistic] = self._reduced(statistic)
        return self._found[statistic]

    def ends_of(self, statistic: Statistic) -> tuple[float, float] | None:
        """Return the lowest and the highest of those numbers."""
        if statistic not in self._ends:
            known = self.of(statistic)[np.isfinite(self.of(statistic))]
            self._ends[statistic] = (float(known.min()), float(known.max())) if known.size else None
        return self._ends[statistic]

    def _set(self, cell: int, runs: tuple[RunRecord, ...]) -> None:
        self._found.clear()
        self._ends.clear()
        self.numbers[cell] = np.nan
        for seed, run in enumerate(runs[: self.numbers.shape[1]]):
            if run.is_usable:
                self.numbers[cell, seed] = self._numbers_of(run)

    def _numbers_of(self, run: RunRecord) -> Doubles:
        if self._measure is not None:
            return self._measure.along(run)
        assert self._quantity is not None
        return run.curve(self._quantity.name) * self._quantity.unit.factor

    def _reduced(self, statistic: Statistic) -> Doubles:
        """Return one number for each cell, from the seeds that have one."""
        known = np.isfinite(self.numbers)
        has_any = known.any(axis=1)
        highest = np.where(known, self.numbers, -np.inf).max(axis=1)
        lowest = np.where(known, self.numbers, np.inf).min(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            match statistic:
                case Statistic.MEAN:
                    found = np.where(known, self.numbers, 0.0).sum(axis=1) / known.sum(axis=1)
                case Statistic.SPREAD:
                    found = highest - lowest
                case Statistic.WORST:
                    found = lowest if self._higher_is_better else highest
        return np.where(has_any, found, np.nan)
