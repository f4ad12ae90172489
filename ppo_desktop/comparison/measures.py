"""What a run can be judged by: one number for each, a quantity and how it is reduced, declared once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.comparison.record import N_BINS, RunRecord, bin_ends, steps_after
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.quantities import COMPARED, RETURN, RUN_QUANTITIES, Per, Quantity

LAST_SHARE = 0.2
"""The part of training at its end over which final results are taken."""


@dataclass(frozen=True)
class Reduction:
    """How what a record has of a quantity becomes one number.

    Attributes:
        of: Computes it from a record of which so many bins count; nan if it is not defined.
        along: Computes the same of each number of bins that may count, 1…N_BINS, (N_BINS,).
        prefix: Stands before the quantity's name in that of the result.
        span: Over what, in full.
        aside: What else that is called.
        short_span: Over what, in two words.
    """

    of: Callable[[RunRecord, Quantity, int], float]
    along: Callable[[RunRecord, Quantity], Doubles]
    prefix: str = ""
    span: str = ""
    aside: str = ""
    short_span: str = ""


@dataclass(frozen=True)
class Measure:
    """A result of a run: a quantity, and how it becomes one number."""

    quantity: Quantity
    reduction: Reduction

    @property
    def name(self) -> str:
        """By which it can be asked for."""
        return f"{self.reduction.prefix}{self.quantity.result_name or self.quantity.name}"

    @property
    def label(self) -> str:
        """What it is, in full: in a menu, in a tooltip."""
        aside = self.reduction.aside
        text = f"{self._subject} ({aside})" if aside else self._subject
        return self.quantity.with_unit(text) if self.quantity.per is Per.UPDATE else text

    @property
    def _subject(self) -> str:
        title = self.quantity.title
        match self.quantity.per:
            case Per.RUN:
                return title
            case Per.EPISODE:
                return f"{self.quantity.short_title} {self.reduction.span}"
            case Per.UPDATE:
                return f"Mean {title[0].lower()}{title[1:]} {self.reduction.span}"

    @property
    def header(self) -> str:
        """The same in two or three words: above a column, beside a number."""
        title = self.quantity.short_title
        if self.quantity.per is Per.EPISODE:
            return f"{title}, {self.reduction.short_span}"
        return self.quantity.with_unit(title)

    @property
    def noun(self) -> str:
        """What it is within a sentence: "return over all steps"."""
        return self._subject[0].lower() + self._subject[1:]

    @property
    def column(self) -> str:
        """How it is called in CSV: its name, and its unit."""
        unit = self.quantity.unit.name
        return f"{self.name}_{unit}" if unit else self.name

    @property
    def field(self) -> str:
        """How it is called in JSON: its name, and its unit where that is another than in the events."""
        return self.name if self.quantity.unit.factor == 1.0 else self.column

    @property
    def needs_threshold(self) -> bool:
        """Whether it is only for environments that count as solved at some return."""
        return self.reduction is _UNTIL_SOLVED

    def of(self, record: RunRecord, n_bins: int) -> float:
        """Return the result, in the shown unit, of a record of which so many bins count."""
        return self.reduction.of(record, self.quantity, n_bins) * self.quantity.unit.factor

    def along(self, record: RunRecord) -> Doubles:
        """Return the result, in the shown unit, after each of the bins of a record, (N_BINS,)."""
        return self.reduction.along(record, self.quantity) * self.quantity.unit.factor

    def write_difference(self, value: float, half_width: float, environment_id: str = "") -> str:
        """Return a difference of two values, ± half of its interval where it has one.

        Those of percentages are in percentage points: "by 20 %" could be a fifth of the other.
        """
        parts = [value] if not half_width > 0.0 else [value, half_width]
        text = " ± ".join(self._digits(part, environment_id) for part in parts)
        return f"{text} percentage points" if self.quantity.percent else text

    def write(self, value: float, environment_id: str = "") -> str:
        """Return a value as it is written everywhere; "—" for one that is not defined."""
        text = self._digits(value, environment_id)
        return f"{text} %" if self.quantity.percent and math.isfinite(value) else text

    def _digits(self, value: float, environment_id: str) -> str:
        if not math.isfinite(value):
            return "—"
        known = KNOWN_ENVIRONMENTS.get(environment_id) if self.quantity is RETURN else None
        return self.quantity.digits(value, None if known is None else known.return_decimals)


def _mean_of_last(record: RunRecord, quantity: Quantity, n_bins: int) -> float:
    """Return the mean over the last 20 % of the bins that count."""
    begin = n_bins - max(1, round(LAST_SHARE * n_bins))
    return record.mean_over(quantity.name, max(begin, 0), n_bins)


def _mean_of_curve(record: RunRecord, quantity: Quantity, n_bins: int) -> float:
    curve = record.curve(quantity.name, n_bins)
    known = curve[np.isfinite(curve)]
    return float(known.mean()) if len(known) else math.nan


def _steps_to_threshold(record: RunRecord, _quantity: Quantity, n_bins: int) -> float:
    """Return the steps, or the steps that count where they were not enough."""
    so_far = steps_after(n_bins, record.total_steps)
    reached = record.steps_to_threshold
    return so_far if reached is None else min(float(reached), so_far)


def _collapsed(record: RunRecord, _quantity: Quantity, _n_bins: int) -> float:
    return math.nan if record.has_collapsed is None else float(record.has_collapsed)


def _means_of_last(record: RunRecord, quantity: Quantity) -> Doubles:
    sums, counts = record.column(quantity.name)
    # Window by window, without differences of running sums, in which a spike would drown what follows it.
    total = np.where(_LAST_WINDOWS, sums, 0.0).sum(axis=1)
    count = np.where(_LAST_WINDOWS, counts, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, record.curve(quantity.name))


def _means_of_curve(record: RunRecord, quantity: Quantity) -> Doubles:
    curve = record.curve(quantity.name)
    known = np.isfinite(curve)
    with np.errstate(invalid="ignore"):
        means: Doubles = np.cumsum(np.where(known, curve, 0.0)) / np.cumsum(known)
    return means


def _steps_to_threshold_along(record: RunRecord, _quantity: Quantity) -> Doubles:
    reached = record.steps_to_threshold
    return np.minimum(bin_ends(record.total_steps), math.inf if reached is None else reached)


def _collapsed_along(record: RunRecord, quantity: Quantity) -> Doubles:
    return np.full(N_BINS, _collapsed(record, quantity, N_BINS))


def _last_windows() -> NDArray[np.bool_]:
    """Return which bins each final result is over, (N_BINS, N_BINS), where 1…N_BINS bins count."""
    bins = np.arange(N_BINS)
    begins = np.array([n - max(1, round(LAST_SHARE * n)) for n in range(1, N_BINS + 1)])
    return (bins >= begins[:, None]) & (bins <= bins[:, None])


_LAST_WINDOWS = _last_windows()
_LAST = Reduction(
    _mean_of_last, _means_of_last, "final_", "over the last 20 % of training", short_span="last 20 %"
)
_ALL = Reduction(
    _mean_of_curve, _means_of_curve, "mean_", "over all steps", "area under the learning curve", "all steps"
)
_UNTIL_SOLVED = Reduction(_steps_to_threshold, _steps_to_threshold_along)

_FINAL = {name: Measure(quantity, _LAST) for name, quantity in COMPARED.items()}
FINAL_RETURN, FINAL_ENTROPY = _FINAL[RETURN.name], _FINAL["policy_entropy"]
FINAL_CLIP_FRACTION, FINAL_KL = _FINAL["clip_fraction"], _FINAL["approx_kl"]
STEPS_TO_THRESHOLD = Measure(RUN_QUANTITIES["steps_to_threshold"], _UNTIL_SOLVED)
MEAN_RETURN = Measure(RETURN, _ALL)
COLLAPSED = Measure(RUN_QUANTITIES["collapsed"], Reduction(_collapsed, _collapsed_along))
_FIRST = (FINAL_RETURN, STEPS_TO_THRESHOLD, MEAN_RETURN, FINAL_ENTROPY, COLLAPSED)
MEASURES: dict[str, Measure] = {measure.name: measure for measure in (*_FIRST, *_FINAL.values())}
"""Every result by its name, in the order of menus, tables and files."""
CENSORED = f"{STEPS_TO_THRESHOLD.name}_censored"
"""In files: whether the steps until solved are not known, but at least those that were done."""


def measures_for(environment_id: str) -> tuple[Measure, ...]:
    """Return the results that mean something in an environment; in one that cannot be made, all but one."""
    try:
        has_threshold = solved_return(environment_id) is not None
    except Exception:  # whatever it is, the runs will say it
        has_threshold = False
    return tuple(measure for measure in MEASURES.values() if has_threshold or not measure.needs_threshold)


def run_results(record: RunRecord, environment_id: str) -> dict[str, float]:
    """Return every result of one run after what it has done, {name: number}.

    nan where a result is not defined: all of a run that failed, the steps of one that is not solved.
    """
    n_bins = record.bins_done
    return {
        measure.name: measure.of(record, n_bins) if _is_defined(measure, record) else math.nan
        for measure in measures_for(environment_id)
    }


def _is_defined(measure: Measure, record: RunRecord) -> bool:
    return record.is_usable and not (measure.needs_threshold and record.steps_to_threshold is None)
