"""Searches without a window, of a study or beside others: JSON lines or a progress bar, and the best."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from tqdm import tqdm

from ppo_desktop.complaints import complain
from ppo_desktop.exit_status import OUR_FAILURE
from ppo_desktop.interruption import Interruption, interruption
from ppo_desktop.json_lines import JsonLines, json_lines
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.environments import close_environment, make_environment
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import measured_seconds
from ppo_desktop.screen import Screen, own_screen
from ppo_desktop.study.place import Place, StudyExists
from ppo_desktop.study.samplers import GRID, check_strategy
from ppo_desktop.study.search import Search, SearchEvent, SearchFailed, TrialEnded
from ppo_desktop.study.storage import OpenStudy, create_study, open_study
from ppo_desktop.study.study_digest import best_trial
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trial_cost import describe_work, trials_workload
from ppo_desktop.study.trials import TrialRecord, TrialState, combinations_left
from ppo_desktop.study.wanted import WantedStudy


@dataclass(frozen=True)
class Task:
    """What is to be done of a study now.

    Attributes:
        n_trials: Trials that are to end; None for as many as there are in the grid, or until interrupted.
        trials_at_once: How many of them go on at a time; None for the usual number.
        engine: Chooses the engine for a study, by name.
        json_file: Where JSON goes, see `json_lines`.
    """

    n_trials: int | None
    trials_at_once: int | None
    engine: Callable[[StudyPlan], str]
    json_file: Path | None


def tune(place: Place, wanted: WantedStudy, task: Task) -> int:
    """Do trials of a study, which is made if it is not there, and return the exit status.

    Args:
        place: Where the study is, or is to be.
        wanted: What was said of it.
        task: What is to be done.

    Raises:
        InvalidStudy: It cannot be made, or is another one than was said.
        InvalidHyperparameter: A value contradicts another.
        Exception: See `search`.
    """
    with foreground(task.json_file) as ours:
        trust_module(wanted.environment_id)
        study = _opened(place, wanted, task)
        try:
            wanted.check_against(study.plan)
            study.check_can_grow()
            strategy = wanted.strategy(study.strategy)
            check_strategy(study.plan, strategy)
            study.set_strategy(strategy)
        except BaseException:
            study.close()
            raise
        return search(study, task, ours)


class Foreground(NamedTuple):
    """What a command has for itself while others' code is at work.

    Attributes:
        noted: Whether the user has pressed Ctrl+C.
        screen: The standard output.
    """

    noted: Interruption
    screen: Screen


@contextmanager
def foreground(json_file: Path | None) -> Iterator[Foreground]:
    """Have Ctrl+C and the standard output for ourselves while inside; see `own_screen`."""
    with interruption() as noted, own_screen(json_file) as screen:
        yield Foreground(noted, screen)


def _opened(place: Place, wanted: WantedStudy, task: Task) -> OpenStudy:
    """Open a study, or make it if there is none; a file is there or not, in a database one has to look."""
    if isinstance(place.location, Path) and place.location.exists():
        return open_study(place)
    if not place.is_file and wanted.space is None:
        return open_study(place)
    plan, strategy = wanted.plan(), wanted.strategy()
    check_strategy(plan, strategy)
    _try(plan, task.engine(plan))  # nothing is left of a study that could not be searched
    try:
        return create_study(place, plan, strategy)
    except StudyExists:
        return open_study(place)


def trust_module(environment_id: str | None) -> None:
    """Import the module that the user has named in an environment's id: "module:Name-v0".

    Raises:
        UnsupportedEnvironment: There is no such environment.
    """
    if environment_id is not None and EnvironmentId.of(environment_id).module:
        close_environment(environment_id, make_environment(environment_id))


def search(study: OpenStudy, task: Task, ours: Foreground, *, may_be_deleted: bool = False) -> int:
    """Do trials of a study and report them, close the study, return the exit status.

    Args:
        study: The study.
        task: What is to be done.
        ours: What we have for ourselves.
        may_be_deleted: Whether that the study is deleted meanwhile is an end like others.

    Raises:
        InvalidStudy: Its strategy cannot choose trials, or nothing can be added to those it has.
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        UnreadableStudy: The study's storage does not answer.
        OSError: The JSON file cannot be written.
    """
    with ExitStack() as stack:
        stack.callback(study.close)
        study.check_can_grow()
        if unknown := study.unknown.sentence(study.place.name):
            complain(unknown)
        check_strategy(study.plan, study.strategy)
        engine = task.engine(study.plan)
        _try(study.plan, engine)
        lines = stack.enter_context(json_lines(task.json_file, ours.screen))
        results = _Results(study, lines, may_be_deleted=may_be_deleted)
        going = Search(study, engine, task.trials_at_once)
        ours.noted.at_once = going.stop  # also where it waits for a database that is silent
        with _bar(study, engine, going.trials_at_once, task, ours.screen) as bar:
            _follow(going, going.events(task.n_trials), results, ours.noted, bar)
        results.finish("interrupted" if ours.noted.requested else "completed")
        if ours.screen.is_watched:
            results.show(ours.screen.output)
    return results.complain_of_trials()


def _try(plan: StudyPlan, engine: str) -> None:
    """Make the engine once: all trials would fail if it does."""
    make_engine(plan.settings(plan.base_values, seed=1), engine).close()


def _follow(
    going: Search,
    events: Iterator[SearchEvent],
    results: _Results,
    noted: Interruption,
    bar: tqdm[Any] | None,
) -> None:
    """Take in what happens, to the end or until the user stops it."""
    try:
        for event in events:
            results.take(event)
            if bar is not None and isinstance(event, TrialEnded):
                bar.set_postfix_str(results.best_so_far, refresh=False)
                bar.update(going.n_ended - bar.n)
            if noted.requested:
                going.stop()
    finally:
        events.close()  # type: ignore[attr-defined]  # a generator


@contextmanager
def _bar(
    study: OpenStudy, engine: str, at_once: int, task: Task, screen: Screen
) -> Iterator[tqdm[Any] | None]:
    """Where a person looks on, say how much there is to do, and open a bar over the trials."""
    if not screen.is_watched:
        yield None
        return
    plan, is_grid, trials = study.plan, study.strategy.sampler == GRID, study.trials()
    n_left = combinations_left(plan, trials) if is_grid else None
    n_wanted = min((n for n in (task.n_trials, n_left) if n is not None), default=None)
    n_trials = n_wanted or at_once
    planned = trials_workload(plan, study.strategy, n_trials, at_once, engine, "tune", trials)
    seconds = measured_seconds(planned)
    each = None if seconds is None else seconds / n_trials
    note = "" if planned.is_fast else " on the PyTorch engine"
    sys.stderr.write(f"{describe_work(plan, task.n_trials, each, is_grid=is_grid, n_left=n_left)}{note}\n")
    used = time.process_time()
    with tqdm(total=n_wanted, unit=" trials", desc=study.place.name) as bar:
        yield bar
    if bar.n == n_wanted:
        planned.learn(speeds(), time.process_time() - used)


class _Results:
    """What has come of it so far, each trial written as JSON when it has ended.

    Args:
        study: The study.
        lines: Where JSON goes.
        may_be_deleted: Whether that the study is deleted is no failure.
    """

    def __init__(self, study: OpenStudy, lines: JsonLines, *, may_be_deleted: bool) -> None:
        self._study = study
        self._may_be_deleted = may_be_deleted
        self._is_deleted = False
        self._lines = lines
        self._trials = {trial.number: trial for trial in study.trials()}
        self._ended: list[TrialRecord] = []
        self._problem, self._trials_are_the_problem = "", False
        self._summary = ""
        self._begun_at = time.perf_counter()

    def take(self, event: SearchEvent) -> None:
        """Take in what has happened."""
        if isinstance(event, SearchFailed) and event.is_deleted and self._may_be_deleted:
            self._is_deleted = True
        elif isinstance(event, SearchFailed):
            self._problem, self._trials_are_the_problem = event.message, event.is_of_trials
        elif isinstance(event, TrialEnded) and event.record.state is not TrialState.INTERRUPTED:
            self._ended.append(event.record)
            self._trials[event.record.number] = event.record
            self._lines.write("trial", **_trial_fields(event.record))

    @property
    def best_so_far(self) -> str:
        """The highest value so far, for the bar; empty without any."""
        best = self._best()
        return "" if best is None or best.objective is None else f"best so far {grouped(best.objective, 1)}"

    def finish(self, reason: str) -> None:
        """Report what the study says by now; always the last line."""
        reason = "failed" if self._problem else "deleted" if self._is_deleted else reason
        best = self._best()
        n, rate = len(self._ended), 60 * len(self._ended) / max(1e-9, time.perf_counter() - self._begun_at)
        self._lines.write(
            "finished",
            study=self._study.place.name,
            environment=self._study.plan.environment_id,
            objective=self._study.plan.objective.value,
            total_steps=self._study.plan.total_steps,
            seeds=self._study.plan.n_seeds,
            best=None if best is None else _best_fields(best),
            trials=n,
            **{state.value: self._count(state) for state in _ENDS},
            trials_per_minute=round(rate, 1),
            reason=reason,
        )
        kinds = [f"{grouped(self._count(state))} {state.label}" for state in _ENDS if self._count(state)]
        counts = f" ({', '.join(kinds)})" if kinds else ""
        self._summary = f"{reason}: {counted(n, 'trial')}{counts}, {rate:.0f} trials a minute"

    def show(self, output: IO[str]) -> None:
        """Show a person how it went."""
        print(self._summary, file=output)
        best = self._best()
        if best is None or best.objective is None:
            return
        plan = self._study.plan
        n_complete = sum(trial.is_complete for trial in self._trials.values())
        objective = f"{plan.objective.label.lower()} {grouped(best.objective, 1)}"
        of = counted(n_complete, "complete trial")
        print(f"\nbest of {of}: trial {best.number}, {objective}", file=output)
        width = max(len(dimension.label) for dimension in plan.space)
        for dimension in plan.space:
            value = dimension.format(best.values[dimension.field])
            print(f"  {dimension.label:{width}}  {value}", file=output)

    def complain_of_trials(self) -> int:
        """Say in a line each that trials have failed, and why it could not go on; return the exit status."""
        failed = [trial for trial in self._ended if trial.state is TrialState.FAILED]
        if failed and not self._trials_are_the_problem:
            of = counted(len(self._ended), "trial")
            complain(f"{grouped(len(failed))} of {of} failed: {failed[0].reason}")
        if self._problem:
            complain(self._problem)
        all_failed = bool(failed) and len(failed) == len(self._ended)
        return OUR_FAILURE if self._problem or all_failed else 0

    def _best(self) -> TrialRecord | None:
        """Return the complete trial with the highest objective, the earliest of equals."""
        return best_trial(trial for _, trial in sorted(self._trials.items()) if trial.is_complete)

    def _count(self, state: TrialState) -> int:
        return sum(trial.state is state for trial in self._ended)


_ENDS = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


def _trial_fields(trial: TrialRecord) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": trial.state.value,
        "value": trial.objective,
        "params": dict(trial.values),
        "seed_values": list(trial.seed_objectives),
        "random": trial.is_random,
        "seconds": None if trial.seconds is None else round(trial.seconds, 3),
        "pruned_after_steps": trial.pruned_after_steps,
        "reason": trial.reason,
        "worker": trial.worker,
        "retry_of": trial.retry_of,
    }


def _best_fields(trial: TrialRecord) -> dict[str, Any]:
    return {"number": trial.number, "value": trial.objective, "params": dict(trial.values)}


def work(place: Place, environment_id: str | None, task: Task) -> int:
    """Do trials of a study that is there and report them, return the exit status.

    Args:
        place: Where the study is.
        environment_id: Its environment, if the user has named it.
        task: What is to be done.

    Raises:
        InvalidStudy: It has another environment.
        UnreadableStudy: There is no such study, or its storage does not answer.
        Exception: See `tuning.search`.
    """
    with foreground(task.json_file) as ours:
        trust_module(environment_id)
        study = open_study(place)
        try:
            WantedStudy(environment_id=environment_id).check_against(study.plan)
        except BaseException:
            study.close()
            raise
        return search(study, task, ours, may_be_deleted=True)
