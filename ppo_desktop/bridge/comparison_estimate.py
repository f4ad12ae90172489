"""What the next start of a comparison would do, and how long it would take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.comparison.comparison_cost import (
    comparison_workload,
    describe_workload,
    engine_of_comparison,
)
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.runs.workload import Workload

_DRAWING_SECONDS = 0.5
"""Processor time of what a page draws while runs of a comparison learn."""
_LOADING_SECONDS = 1.2
"""The same of what the first comparison of a window loads: players, and what draws them."""


class ComparisonEstimate(StartEstimate):
    """Compares what is set up with what is shown, and says how long the difference takes.

    Args:
        shown: Returns the comparison shown, if runs can be added to it.
        records: Returns the records of its runs.
    """

    def __init__(
        self,
        session: Session,
        planning: Planning,
        shown: Callable[[], Comparison | None],
        records: Callable[[], Mapping[RunKey, RunRecord]],
    ) -> None:
        super().__init__(session)
        self._planning = planning
        self._shown = shown
        self._records = records
        self._is_loaded = False

    @property
    def serving(self) -> str:
        """Name of the engine that serves what is set up once it is prepared; empty for nothing."""
        plan = self._planning.planned
        return "" if plan is None else engine_of_comparison(plan, COMPILED)

    @property
    def missing(self) -> list[RunKey]:
        """The runs that are set up and not done, if they belong to the comparison shown."""
        plan, shown, records = self._planning.planned, self._shown(), self._records()
        if shown is None or plan is None or plan.n_seeds < shown.n_seeds:
            return []
        if shown.with_seeds(plan.n_seeds).titled(plan.title) != plan:
            return []
        return [key for key in plan.run_keys() if key not in records or records[key].end is None]

    @property
    def text(self) -> str:
        """How many runs the next start would train, how much work and time, or why it cannot."""
        plan = self._planning.planned
        if plan is None:
            return self._planning.complaint
        planned, n_runs = self._workload(plan)
        return describe_workload(plan, n_runs, self.seconds(planned), planned.share) + self.note

    def begin(self, plan: Comparison) -> float | None:
        """Begin to take the time of what is begun, and return how many seconds it is expected to take."""
        planned, _ = self._workload(plan)
        self.take_time(planned)
        self._is_loaded = True
        return self.seconds(planned)

    def learn(self) -> None:
        """All runs have ended: take note of what that took, if none of them has ended early."""
        reasons = {None if record.end is None else record.end.reason for record in self._records().values()}
        if reasons != {FinishReason.COMPLETED}:
            self.forget()
        self.finish()

    def _workload(self, plan: Comparison) -> tuple[Workload, int]:
        """Return what the next start has to do, and how many runs that is."""
        missing = self.missing
        keys = missing or list(plan.run_keys())
        beside = _DRAWING_SECONDS if self._is_loaded else _DRAWING_SECONDS + _LOADING_SECONDS
        planned = comparison_workload(plan, self.engine, "Compare", keys, beside=beside)
        return replace(planned, share=_share_left(plan, missing, self._records())), len(keys)


def _share_left(plan: Comparison, missing: list[RunKey], records: Mapping[RunKey, RunRecord]) -> float:
    """Return the part of the work of runs that is to be done yet: they go on from where they were stopped."""
    work = sum(plan.steps_of(key.variant) for key in missing)
    done = sum(records[key].steps for key in missing if key in records)
    return 1 - min(1.0, done / work) if work else 1.0
