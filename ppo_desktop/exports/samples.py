"""The samples of one gradient step, with every number of the objective."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.comparison.csv_text import Row, plain, write_csv
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.samples import SITUATIONS, MinibatchSamples
from ppo_desktop.runs.past import Past

_ROWS = 1_000
"""Rows after which it is asked whether they are still wanted."""


@dataclass(frozen=True, eq=False)
class ExportedSamples:
    """The samples of a minibatch, just before its gradient step."""

    samples: MinibatchSamples
    algorithm: Algorithm


def write_samples_of_run(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write those of the last gradient step of the update, which is done again for that.

    Raises: one of `library.UNUSABLE`.
    """
    with closing(Past(subject.kept).visit(subject.update)) as visit:
        total = max(1, visit.updates_left)
        while visit.run.update < subject.update:
            visit.go_on()
            progress(0.9 * (1 - visit.updates_left / total))
        if visit.minibatch is None:
            raise NotResumable("its samples are not known any more")
        samples = visit.minibatch.samples
    write_samples(ExportedSamples(samples, subject.settings.algorithm), fresh, progress)


def write_samples(subject: ExportedSamples, fresh: Path, progress: Progress) -> None:
    """Write a row for each sample: of A2C without ratios, which it has not."""
    rows, total = _rows(subject), len(subject.samples)
    with fresh.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, _asked(rows, total, progress))


def _asked(rows: Iterator[Row], total: int, progress: Progress) -> Iterator[Row]:
    done = 0
    while some := list(islice(rows, _ROWS)):
        progress(0.9 + 0.1 * done / total)
        yield from some
        done += len(some)


def _rows(subject: ExportedSamples) -> Iterator[Row]:
    samples = subject.samples
    columns: dict[str, NDArray[Any]] = {
        "agent": samples.agents + 1,
        "time_step": samples.times + 1,
        **_components("action", samples.actions),
        "log_prob_old (nats)": samples.log_probs_old,
        "log_prob (nats)": samples.log_probs,
        "advantage_raw": samples.raw_advantages,
        "advantage": samples.advantages,
    }
    if subject.algorithm is Algorithm.A2C:
        del columns["log_prob_old (nats)"]
        columns["objective"] = samples.log_probs * samples.advantages
    else:
        columns |= {
            "ratio": samples.ratios,
            "clipped_ratio": samples.clipped_ratios,
            "surrogate": samples.ratios * samples.advantages,
            "clipped_surrogate": samples.clipped_ratios * samples.advantages,
            "objective": samples.objectives,
            "gradient_cut": samples.gradient_cut,
            "gradient_alive": samples.gradient_alive,
            "situation": np.array([situation.value for situation in SITUATIONS])[samples.situations],
        }
    columns |= _components("observation", samples.observations)
    for values in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield {name: plain(value) for name, value in zip(columns, values, strict=True)}


def _components(name: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return a column, or one for each component, numbered from 1."""
    if values.ndim == 1:
        return {name: values}
    return {f"{name}_{number + 1}": values[:, number] for number in range(values.shape[1])}
