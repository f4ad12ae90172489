"""What the next start of a comparison would do, and how long it would take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.notices import Action, Notice, Notices
from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.estimate import comparison_workload, describe_workload, engine_of_comparison
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload

_DRAWING_SECONDS = 0.5
"""Processor time of what a page draws while runs of a comparison learn."""
_LOADING_SECONDS = 1.2
"""The same of what the first comparison of a window loads: players, and what draws them."""


class ExpectedEngine:
    """Knows which engine would do runs that begin now: all runs of a comparison or a study use the same."""

    def __init__(self, session: Session, notices: Notices) -> None:
        self._session = session
        self._notices = notices
        self._to_begin: tuple[Notice, Callable[[], None]] | None = None
        session.preparation.changed.connect(self._begin_if_prepared)

    def begin_when_prepared(self, what: str, begin: Callable[[], None], *, holds: Callable[[], bool]) -> None:
        """Say that something begins when the fast engine is prepared, or cannot be, and have it begin.

        Nothing begins if that is no longer said by then.

        Args:
            what: What begins, as a sentence begins with it: "The comparison".
            begin: Begins it.
            holds: Returns whether the fast engine is still waited for.
        """
        self._notices.say(
            f"{what} begins when the fast engine is prepared.",
            action=Action("Do not begin", lambda: None),
            holds=holds,
        )
        self._to_begin = self._notices.current, begin

    def _begin_if_prepared(self) -> None:
        if self._to_begin is None or self._session.preparation.state is PreparationState.GOING_ON:
            return
        (notice, begin), self._to_begin = self._to_begin, None
        if notice is self._notices.current:
            begin()

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared."""
        return PYTORCH if self._session.preparation.state is PreparationState.FAILED else COMPILED

    def is_awaited(self, serves: str) -> bool:
        """Return whether the engine that serves once it is prepared is being prepared."""
        return serves == COMPILED and self._session.preparation.state is PreparationState.GOING_ON

    def note(self, serves: str) -> str:
        """Return what there is to say, beside how long something takes, of what serves once prepared."""
        if PYTORCH in (serves, self.engine):
            return " on the PyTorch engine"
        return ", once the fast engine is prepared" if self.is_awaited(serves) else ""


class ComparisonEstimate(ExpectedEngine):
    """Compares what is set up with what is shown, and says how long the difference takes."""

    def __init__(self, session: Session, planning: Planning, estimator: Estimator, notices: Notices) -> None:
        super().__init__(session, notices)
        self._planning = planning
        self._estimator = estimator
        self._begun: tuple[Workload, float] | None = None
        self._is_loaded = False

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        plan = self._planning.planned
        return plan is not None and self.is_awaited(engine_of_comparison(plan, COMPILED))

    def missing(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> list[RunKey]:
        """Return the runs that are set up and not done, if they belong to the comparison shown."""
        plan = self._planning.planned
        if shown is None or plan is None or plan.n_seeds < shown.n_seeds:
            return []
        if shown.with_seeds(plan.n_seeds).titled(plan.title) != plan:
            return []
        return [key for key in plan.run_keys() if key not in records or records[key].end is None]

    def text(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> str:
        """Return how many runs the next start would train, how much work and time, or why it cannot."""
        plan = self._planning.planned
        if plan is None:
            return self._planning.complaint
        planned, n_runs = self._workload(plan, shown, records)
        seconds = None if self.is_waiting_for_engine else self._estimator.seconds(planned)
        note = self.note(engine_of_comparison(plan, COMPILED))
        return describe_workload(plan, n_runs, seconds, planned.share) + note

    def begin(self, plan: Comparison, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> None:
        """Begin to take the processor time of what is begun."""
        self._begun = self._workload(plan, shown, records)[0], time.process_time()
        self._is_loaded = True

    def forget(self) -> None:
        """Draw no conclusion from what it takes: it rests in between."""
        self._begun = None

    def finish(self, records: Mapping[RunKey, RunRecord]) -> None:
        """All runs have ended: take note of what that took, if none of them has ended early."""
        ends = [record.end for record in records.values()]
        reasons = {None if end is None else end.reason for end in ends}
        if self._begun is not None and reasons == {FinishReason.COMPLETED}:
            planned, used = self._begun
            planned.learn(speeds(), time.process_time() - used)
        self._begun = None

    def _workload(
        self, plan: Comparison, shown: Comparison | None, records: Mapping[RunKey, RunRecord]
    ) -> tuple[Workload, int]:
        """Return what the next start has to do, and how many runs that is."""
        missing = self.missing(shown, records)
        keys = missing or list(plan.run_keys())
        beside = _DRAWING_SECONDS if self._is_loaded else _DRAWING_SECONDS + _LOADING_SECONDS
        planned = comparison_workload(plan, self.engine, "Compare", keys, beside=beside)
        return replace(planned, share=_share_left(plan, missing, records)), len(keys)


def _share_left(plan: Comparison, missing: list[RunKey], records: Mapping[RunKey, RunRecord]) -> float:
    """Return the part of the work of runs that is to be done yet: they go on from where they were stopped."""
    work = sum(plan.steps_of(key.variant) for key in missing)
    done = sum(records[key].steps for key in missing if key in records)
    return 1 - min(1.0, done / work) if work else 1.0
