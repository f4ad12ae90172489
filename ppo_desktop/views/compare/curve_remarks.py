"""What has to be said of the curves of a comparison: what they are means of, and where runs diverged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ppo_desktop.bridge.comparison_session import ComparisonState
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import STRETCHES, RunRecord
from ppo_desktop.comparison.summary import Band
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.compare.band_plot import Cross

ENDED = (ComparisonState.STOPPED, ComparisonState.FINISHED)
"""States in which nothing more will come."""

_HOW_TO_BEGIN = "Press Compare: all values learn side by side, with the same seeds, and each becomes a curve."
_BEGUN = "The first points come when every run has done a hundredth of its steps."
_TOO_EARLY = "It was stopped before there was anything to draw."
_TOO_SHORT = "The runs ended before there was anything to draw."
_LOADING = "The curves come in a moment."


def why_nothing_is_drawn(state: ComparisonState, digest: Digest | None) -> str:
    """Return why there are no curves: nothing has begun, is loaded or got far enough, or all failed."""
    if state is ComparisonState.EMPTY:
        return _HOW_TO_BEGIN
    if state not in ENDED:
        return _BEGUN
    if digest is None:
        return _LOADING
    if failures := tuple(digest.failed.values()):
        return f"No run could be trained. {failures[0]}"
    return _TOO_EARLY if state is ComparisonState.STOPPED else _TOO_SHORT


def remark_wordings(digest: Digest, column: str) -> tuple[str, ...]:
    """Return what the curves of a column are, from the full wording to the shortest; none before any run."""
    numbers = {len(band.seeds) for band in digest.bands.get(column, ())} - {0}
    if not numbers:
        return ()
    few, many = min(numbers), max(numbers)
    steps = grouped(digest.comparison.total_steps / STRETCHES)
    points = f"each point: episodes that ended in {steps} steps"
    if many == 1:
        return f"one seed, so no interval; {points}", "one seed, so no interval", "one seed"
    mean = f"mean of {counted(many, 'seed') if few == many else f'{few} to {many} seeds'}"
    if not digest.is_final:
        band = f"{mean} so far, band: bootstrap over seeds"
        return f"{band}; {points}", band, f"{mean} so far", mean
    band = f"{mean}, band: 95 % bootstrap interval"
    return f"{band}; {points}", band, f"{mean}, band: 95 %", mean


def crosses_of(
    records: Mapping[RunKey, RunRecord],
    variant: int,
    seeds: tuple[int, ...],
    band: Band,
    column: str,
    *,
    on_seeds: bool,
) -> list[Cross]:
    """Return where seeds of a variant diverged: on their own curves if those are drawn, else on the mean."""
    crosses = []
    for seed in seeds:
        record = records.get(RunKey(variant, seed))
        if record is not None and record.end is not None:
            own = float(record.curve(column)[-1])
            mean = float(np.interp(record.end.steps, band.steps, band.mean)) if len(band.steps) else own
            crosses.append((float(record.end.steps), own if on_seeds else mean))
    return crosses
