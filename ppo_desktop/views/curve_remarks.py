"""What has to be said of the curves of a comparison: what they are means of, and where runs diverged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import STRETCHES, RunRecord
from ppo_desktop.comparison.summary import Band
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.band_plot import Cross


def remark_wordings(digest: Digest, column: str) -> tuple[str, ...]:
    """Return what the curves of a column are, from the full wording to the shortest; none before any run."""
    numbers = {len(band.seeds) for band in digest.bands.get(column, ())} - {0}
    if not numbers:
        return ()
    few, many = min(numbers), max(numbers)
    stretch = grouped(digest.comparison.total_steps / STRETCHES)
    points = f"each point: episodes that ended in {stretch} steps"
    if many == 1:
        return f"one seed, so no interval; {points}", "one seed, so no interval", "one seed"
    mean = f"mean of {counted(many, 'seed') if few == many else f'{few} to {many} seeds'}"
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
