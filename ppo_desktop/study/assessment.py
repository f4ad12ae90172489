"""One run of a trial: learns with one seed, and says how good that was."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from statistics import fmean

from ppo_desktop.comparison.measures import MEAN_RETURN
from ppo_desktop.comparison.record import N_BINS, Recorder, RunRecord
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.evaluation import evaluate
from ppo_desktop.ppo.events import Event, FinishReason, RunFinished
from ppo_desktop.ppo.messages import counted, what_went_wrong
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.runner import RunCancelled
from ppo_desktop.runs.speeds import MeasuredTrainer
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, REPORTS, Objective, StudyPlan

BINS_PER_REPORT = N_BINS // REPORTS

logger = logging.getLogger(__name__)


class SeedRun:
    """One run on its way through a runner's threads; give `create` and `take` to `Runner.add`.

    Args:
        on_progress: Is called in the run's thread when another report is complete, and when it has ended.

    Attributes:
        objective: What is maximised; None before the end, and without a value.
        failure: Why it has no value, in one line; empty if it has one, or has not ended.

    Raises:
        InvalidHyperparameter: The values cannot be trained together.
    """

    def __init__(
        self,
        plan: StudyPlan,
        values: Mapping[str, Value],
        seed: int,
        engine: str,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.objective: float | None = None
        self.failure = ""
        self._plan = plan
        self._settings = plan.settings(values, seed)
        self._engine = engine
        self._on_progress = on_progress
        self._recorder = Recorder(plan.total_steps, plan.environment_id)
        self._reports_announced = 0
        self._is_cancelled = False
        self._trainer: Trainer | None = None

    # ---- for the runner ------------------------------------------------------------------------

    def create(self) -> Trainer:
        """Make the run."""
        self._raise_if_cancelled()
        engine = make_engine(self._settings, self._engine)
        self._trainer = MeasuredTrainer(self._settings, engine)
        return self._trainer

    def take(self, event: Event) -> None:
        """Take in what the run says, or raise RunCancelled if it was cancelled."""
        if isinstance(event, RunFinished):
            self._finish(event)
            return
        self._raise_if_cancelled()
        self._recorder.take(event)
        if self.reports_done > self._reports_announced:
            self._reports_announced = self.reports_done
            self._on_progress()

    # ---- for the trial -------------------------------------------------------------------------

    def cancel(self) -> None:
        """Let it end where it is, without another word; any thread may ask for that."""
        self._is_cancelled = True

    @property
    def record(self) -> RunRecord:
        """The record of the run so far."""
        return self._recorder.record

    @property
    def has_ended(self) -> bool:
        """Whether it has an objective or a failure."""
        return self.objective is not None or bool(self.failure)

    @property
    def reports_done(self) -> int:
        """How many reports are complete, 0…REPORTS."""
        return self.record.bins_done // BINS_PER_REPORT

    def report(self, number: int) -> float:
        """Return the mean return in one of `REPORTS` equal parts of the budget, from 0.

        Where no episode ended in it, that of the part before; nan before the first has ended.
        """
        begin = number * BINS_PER_REPORT
        return self.record.mean_over(RETURN.name, begin, begin + BINS_PER_REPORT)

    # ---- how it ends ---------------------------------------------------------------------------

    def _raise_if_cancelled(self) -> None:
        if self._is_cancelled:
            raise RunCancelled

    def _finish(self, event: RunFinished) -> None:
        """Find out what it was worth; the runner has closed its environments."""
        try:
            objective, failure = self._judge(event)
        finally:
            self._trainer = None  # of many finished runs it would be much
        self._recorder.take(event)
        self.objective, self.failure = objective, failure
        self._on_progress()

    def _judge(self, event: RunFinished) -> tuple[float | None, str]:
        """Return the objective, or why there is none."""
        if event.reason in (FinishReason.DIVERGED, FinishReason.FAILED):
            return None, event.message or f"The run has {event.reason.label}."
        if self._plan.objective is Objective.LEARNING_CURVE:
            return self._area()
        try:
            return self._evaluation()
        except RunCancelled:
            raise
        except (EnvironmentFailure, UnsupportedEnvironment) as failure:
            return None, str(failure)
        except Exception as error:
            logger.exception("What a run has learnt could not be evaluated")
            return None, what_went_wrong(error)

    def _area(self) -> tuple[float | None, str]:
        """Return the mean of the learning curve over the budget."""
        mean = MEAN_RETURN.of(self.record, N_BINS)
        if math.isfinite(mean):
            return mean, ""
        steps = counted(self._plan.total_steps, "step")
        return None, f"No episode has ended within {steps}, so there is no learning curve: train for longer."

    def _evaluation(self) -> tuple[float | None, str]:
        """Play with the most probable actions and return the mean return."""
        assert self._trainer is not None
        returns: list[float] = []
        for ended in evaluate(self._trainer.engine, self._settings, EVALUATION_EPISODES):
            self._raise_if_cancelled()
            returns += ended
        mean = fmean(returns)
        return (mean, "") if math.isfinite(mean) else (None, f"The mean return of its evaluation is {mean}.")
