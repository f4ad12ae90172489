"""What a run can be judged by: one number for each, declared once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ppo_desktop.comparison.record import RunRecord, steps_after
from ppo_desktop.ppo.environments import KNOWN_ENVIRONMENTS, solved_return
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.quantities import RETURN

LAST_SHARE = 0.2
"""The part of training at its end over which final results are taken."""
_PERCENT = " %"


@dataclass(frozen=True)
class Measure:
    """A result of a run.

    Attributes:
        name: By which it can be asked for.
        label: What it is, in full: in a menu, in a tooltip.
        header: The same in two or three words: above a column, beside a number.
        of: Computes it from a record of which so many stretches count; nan if it is not defined.
        decimals: Decimals it is written with; None for three significant digits.
        higher_is_better: None where neither end is better.
        percent: Written in percent.
        needs_threshold: Only for environments that count as solved at some return.
        unit: Its unit, where the name does not say it: "bits", "nats".
    """

    name: str
    label: str
    header: str
    of: Callable[[RunRecord, int], float]
    decimals: int | None = 1
    higher_is_better: bool | None = None
    percent: bool = False
    needs_threshold: bool = False
    unit: str = ""

    @property
    def noun(self) -> str:
        """What it is within a sentence: "return over all steps"."""
        name = self.label.partition(" (")[0]
        return name[0].lower() + name[1:]

    @property
    def column(self) -> str:
        """How it is called in files: its name, and its unit."""
        return f"{self.name}_{self.unit}" if self.unit else self.name

    def write_difference(self, value: float, half_width: float, environment_id: str = "") -> str:
        """Return a difference of two values, ± half of its interval where it has one.

        Those of percentages are in percentage points: "by 20 %" could be a fifth of the other.
        """
        parts = [value] if not half_width > 0.0 else [value, half_width]
        text = " ± ".join(self.write(part, environment_id).removesuffix(_PERCENT) for part in parts)
        return f"{text} percentage points" if self.percent else text

    def write(self, value: float, environment_id: str = "") -> str:
        """Return a value as it is written everywhere; "—" for one that is not defined."""
        if not math.isfinite(value):
            return "—"
        text = self._digits(value, environment_id)
        if not any(digit in text for digit in "123456789"):
            text = text.removeprefix("-")
        return text.replace("-", "−")

    def _digits(self, value: float, environment_id: str) -> str:
        if self.percent:
            return f"{100 * value:.1f}{_PERCENT}"
        if self.decimals is None:
            return f"{value:.3g}".replace("e-0", "e-") if abs(value) < 1e-3 and value else f"{value:.4f}"
        return grouped(value, self._decimals(environment_id))

    def _decimals(self, environment_id: str) -> int:
        known = KNOWN_ENVIRONMENTS.get(environment_id)
        is_return = self.name in (FINAL_RETURN.name, MEAN_RETURN.name)
        assert self.decimals is not None
        return known.return_decimals if known is not None and is_return else self.decimals


def _last(column: str, factor: float = 1.0) -> Callable[[RunRecord, int], float]:
    """Return the mean of a column over the last 20 % of the stretches that count."""

    def mean(record: RunRecord, stretches: int) -> float:
        begin = stretches - max(1, round(LAST_SHARE * stretches))
        return factor * record.mean_over(column, max(begin, 0), stretches)

    return mean


def _mean_return(record: RunRecord, stretches: int) -> float:
    curve = record.curve(RETURN.name, stretches)
    known = curve[np.isfinite(curve)]
    return float(known.mean()) if len(known) else math.nan


def _steps_to_threshold(record: RunRecord, stretches: int) -> float:
    """Return the steps, or the steps that count where they were not enough."""
    so_far = steps_after(stretches, record.total_steps)
    reached = record.steps_to_threshold
    return so_far if reached is None else min(float(reached), so_far)


def _collapsed(record: RunRecord, _stretches: int) -> float:
    return math.nan if record.has_collapsed is None else float(record.has_collapsed)


FINAL_RETURN = Measure(
    "final_return",
    "Return over the last 20 % of training",
    "Return, last 20 %",
    _last(RETURN.name),
    higher_is_better=True,
)
STEPS_TO_THRESHOLD = Measure(
    "steps_to_threshold",
    "Steps until solved",
    "Steps until solved",
    _steps_to_threshold,
    decimals=0,
    higher_is_better=False,
    needs_threshold=True,
)
MEAN_RETURN = Measure(
    "mean_return",
    "Return over all steps (area under the learning curve)",
    "Return, all steps",
    _mean_return,
    higher_is_better=True,
)
FINAL_ENTROPY = Measure(
    "final_entropy",
    "Policy entropy after an update, over the last 20 %, bits",
    "Entropy, bits",
    _last("policy_entropy", 1 / math.log(2)),
    decimals=3,
    unit="bits",
)
COLLAPSED = Measure(
    "collapsed",
    "Share of seeds whose policy has collapsed",
    "Collapsed",
    _collapsed,
    percent=True,
    higher_is_better=False,
)
FINAL_CLIP_FRACTION = Measure(
    "final_clip_fraction",
    "Clipped ratio fraction in an update, over the last 20 %",
    "Clipped ratios",
    _last("clip_fraction"),
    percent=True,
)
FINAL_KL = Measure(
    "final_approx_kl",
    "Approx. KL after an update, over the last 20 %, nats",
    "Approx. KL, nats",
    _last("approx_kl"),
    decimals=None,
    unit="nats",
)
FINAL_MAX_RATIO = Measure(
    "final_max_ratio",
    "Largest ratio after an update, mean over the last 20 %",
    "Largest ratio",
    _last("max_ratio"),
    decimals=2,
)
EPOCHS_RUN = Measure(
    "final_epochs_run",
    "Epochs run of each update, mean over the last 20 %",
    "Epochs run",
    _last("epochs_run"),
)
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        FINAL_RETURN,
        STEPS_TO_THRESHOLD,
        MEAN_RETURN,
        FINAL_ENTROPY,
        COLLAPSED,
        FINAL_CLIP_FRACTION,
        FINAL_KL,
        FINAL_MAX_RATIO,
        EPOCHS_RUN,
    )
}
"""Every result by its name, in the order of the menus and columns."""


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
    stretches = record.stretches_done
    return {
        measure.name: measure.of(record, stretches) if _is_defined(measure, record) else math.nan
        for measure in measures_for(environment_id)
    }


def _is_defined(measure: Measure, record: RunRecord) -> bool:
    return record.is_usable and not (measure.needs_threshold and record.steps_to_threshold is None)
