"""What the next start of a comparison would do, and how long it would take."""

from __future__ import annotations

from collections.abc import Mapping

from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.estimate import estimated_seconds
from ppo_desktop.comparison.extent import extent as extent_of
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import is_covered


class Outlook:
    """Compares what is set up with what is shown; knows this machine's speed once runs have run."""

    def __init__(self, session: Session, planning: Planning) -> None:
        self._session = session
        self._planning = planning
        self._slowness = 1.0

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared: all runs of a comparison use the same."""
        return PYTORCH if self._session.preparation.state is PreparationState.FAILED else COMPILED

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        going_on = self._session.preparation.state is PreparationState.GOING_ON
        return going_on and is_covered(self._planning.draft.environment_id)

    def take_speed(self, comparison: Comparison, steps_per_second: float) -> None:
        """Take note of how fast the runs of a comparison go on this machine."""
        usual = comparison.work / self._usual_seconds(comparison)
        self._slowness = usual / steps_per_second

    def missing(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> list[RunKey]:
        """Return the runs that are set up and not done, if they belong to the comparison shown."""
        plan = self._planning.planned
        if shown is None or plan is None or plan.n_seeds < shown.n_seeds:
            return []
        if shown.with_seeds(plan.n_seeds).titled(plan.title) != plan:
            return []
        return [key for key in plan.run_keys() if key not in records or records[key].end is None]

    def extent(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> str:
        """Return how many runs the next start would train, how much work and time, or why it cannot."""
        plan = self._planning.planned
        if plan is None:
            return self._planning.complaint
        to_come = len(self.missing(shown, records)) or plan.n_runs
        seconds = self._slowness * self._usual_seconds(plan) * to_come / plan.n_runs
        return extent_of(plan, to_come, seconds) + self._engine_note()

    def _usual_seconds(self, comparison: Comparison) -> float:
        """How long it would take on the machine that estimates were made on."""
        fast = is_covered(comparison.environment_id) and self.engine == COMPILED
        return estimated_seconds(comparison, fast=fast)

    def _engine_note(self) -> str:
        if not is_covered(self._planning.draft.environment_id) or self.engine == PYTORCH:
            return " on the PyTorch engine"
        return ", once the fast engine is prepared" if self.is_waiting_for_engine else ""
