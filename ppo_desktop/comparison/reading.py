"""The lines of a comparison's file, read one by one; what is not understood is left out and counted."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ppo_desktop.comparison.json_values import NOT_UNDERSTOOD, encodable, refuse, text, whole
from ppo_desktop.comparison.measures import FINAL_RETURN, MEASURES, Measure
from ppo_desktop.comparison.plan import MOST_SEEDS, Comparison, RunKey
from ppo_desktop.comparison.record import COLUMNS, STRETCHES, Points, RunEnd, RunRecord
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.learnt import Learnt
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.normalization import RunningStatistics


@dataclass
class KeptComparison:
    """A comparison as it was read from its file, or as far as it has been read.

    Attributes:
        comparison: What is compared.
        records: Its finished runs; of a run that is there twice, the first.
        measure: What it was last asked for.
        reference: Number of the variant that the others were last compared with.
        n_left_out: Lines that could not be understood.
    """

    comparison: Comparison
    records: dict[RunKey, RunRecord] = field(default_factory=dict)
    measure: Measure = FINAL_RETURN
    reference: int = 0
    n_left_out: int = 0

    def take(self, line: bytes) -> None:
        """Take in a line after the first."""
        try:
            self._take_values(json.loads(line))
        except NOT_UNDERSTOOD:
            self.n_left_out += 1

    def _take_values(self, values: dict[str, Any]) -> None:
        match values["event"]:
            case "run":
                self._take_run(values)
            case "seeds":
                self.comparison = self.comparison.with_seeds(whole(values["n_seeds"], 1))
            case "title":
                self.comparison = self.comparison.titled(text(values["title"]))
            case "question":
                self._take_question(MEASURES[values["measure"]], whole(values["reference"], 0))
            case event:
                refuse(event)

    def _take_run(self, values: dict[str, Any]) -> None:
        key = RunKey(whole(values["variant"], 0), whole(values["seed"], 1))
        if key.variant >= len(self.comparison.variants) or key.seed > MOST_SEEDS:
            refuse(key)
        self.records.setdefault(key, _read_run(values, self.comparison.total_steps))

    def _take_question(self, measure: Measure, reference: int) -> None:
        if reference >= len(self.comparison.variants):
            refuse(reference)
        self.measure, self.reference = measure, reference


def _read_run(values: dict[str, Any], total_steps: int) -> RunRecord:
    end, reached, learnt = _read_end(values), values["steps_to_threshold"], values["learnt"]
    return RunRecord(
        total_steps,
        end.steps,
        _read_columns(values["sums"]),
        _read_columns(values["counts"]),
        None if reached is None else whole(reached, 0),
        None if values["collapsed"] is None else values["collapsed"] is True,
        end,
        None if learnt is None else _read_learnt(learnt),
    )


def _read_end(values: dict[str, Any]) -> RunEnd:
    return RunEnd(
        FinishReason(values["reason"]),
        one_line(encodable(str(values["message"]))),
        whole(values["steps"], 0),
        text(values["engine"]),
        text(values["parameters_sha256"]),
    )


def _read_learnt(values: dict[str, Any]) -> Learnt:
    raw = base64.b64decode(values["parameters"], validate=True)
    parameters = np.frombuffer(raw, "<f4").astype(np.float32)
    mean, variance = (np.array(values[name], dtype=np.float64) for name in ("mean", "variance"))
    if mean.ndim != 1 or mean.shape != variance.shape or (variance < 0).any():
        refuse(mean.shape)
    if not all(np.isfinite(numbers).all() for numbers in (parameters, mean, variance)):
        refuse("not finite")
    return Learnt(parameters, RunningStatistics(whole(values["count"], 0), mean, variance))


def _read_columns(values: dict[str, Any]) -> Points:
    columns = np.array([values[name] for name in COLUMNS], dtype=np.float64)
    if columns.shape != (len(COLUMNS), STRETCHES) or not np.isfinite(columns).all():
        refuse(columns.shape)
    return columns
