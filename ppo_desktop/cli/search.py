"""Trials of a study, done and reported: what `tune` and `worker` have in common."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.messages import counted, grouped, one_line
from ppo_desktop.study.place import Place, UnreadableStudy, check_name, place_of
from ppo_desktop.study.samplers import EXHAUSTIVE, MAP, check_strategy
from ppo_desktop.study.study_plan import (
    EVALUATION_EPISODES,
    MOST_AT_ONCE,
    MOST_SEEDS,
    Objective,
    StudyPlan,
)
from ppo_desktop.study.trials import TrialRecord, TrialState, combinations_left
from ppo_desktop.user_files import studies_folder

if TYPE_CHECKING:
    from ppo_desktop.cli.reporter import Foreground, Reporter
    from ppo_desktop.runs.workload import Workload
    from ppo_desktop.study.search import SearchEvent
    from ppo_desktop.study.storage import OpenStudy

NOTHING = {"best": None, "trials": 0}
"""What the last line tells where the environment fails before any trial."""
_ENDS = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


def add_trials(parser: argparse.ArgumentParser) -> None:
    """Declare how many trials are done, and how many at a time."""
    parser.add_argument(
        "--trials",
        type=flags.whole_number(1, 1_000_000),
        metavar="N",
        help="do N trials more (until Ctrl+C; of a grid or a map, all that are left)",
    )
    parser.add_argument(
        "--workers",
        type=flags.whole_number(1, MOST_AT_ONCE),
        metavar="W",
        help="trials at a time (one for each processor; one with the PyTorch engine)",
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """Declare which study it is, and where: among those of the window unless something else is said."""
    parser.add_argument("--study", required=True, metavar="NAME", help="name of the study")
    parser.add_argument(
        "--storage",
        metavar="FILE|URL",
        help="where the study is: a file, or a database like postgresql://user@host/database (a "
        "file among the studies of the window)",
    )


def add_objective(parser: argparse.ArgumentParser, usual: Objective) -> None:
    """Declare what is maximised."""
    parser.add_argument(
        "--objective",
        choices=[objective.value for objective in Objective],
        help=f"what is maximised: the mean return of {EVALUATION_EPISODES} episodes of the trained policy, "
        f"or the mean return over all of training ({usual.value})",
    )


def add_seeds(parser: argparse.ArgumentParser, usual: int) -> None:
    """Declare the seeds of each trial."""
    parser.add_argument(
        "--seeds",
        type=flags.whole_number(1, MOST_SEEDS),
        metavar="K",
        help=f"seeds of each trial, whose results are averaged ({usual})",
    )


def chosen_place(options: argparse.Namespace) -> Place:
    """Return where the study is, or is to be."""
    from ppo_desktop.study.library import path_for

    if options.storage is not None:
        return place_at(options.storage, options.study)
    check_name(options.study)
    return Place(path_for(studies_folder(), options.study), options.study)


def place_at(storage: str, name: str) -> Place:
    """Return the place of a study on the command line.

    Raises:
        UnreadableStudy: There cannot be a file where it is said to be.
    """
    try:
        place = place_of(storage, name)
        if isinstance(place.location, Path):
            place.location.exists()  # which refuses what is no name of a file
    except RuntimeError:
        raise UnreadableStudy(one_line(f"{storage}: there is no such user.")) from None
    except OSError as error:
        raise UnreadableStudy(f"{one_line(storage)} cannot be used: {error.strerror}.") from None
    return place


def engine_for(plan: StudyPlan, options: argparse.Namespace) -> str:
    """Return the engine that does the trials, made once: all of them would fail if it cannot be."""
    from ppo_desktop.ppo.engines.choice import make_engine
    from ppo_desktop.study.trial_cost import engine_of_study

    engine = choose_engine(options.engine, engine_of_study(plan, COMPILED), plan.environment_id)
    make_engine(plan.settings(plan.base_values, seed=1), engine).close()
    return engine


def search(
    study: OpenStudy, options: argparse.Namespace, ours: Foreground, *, may_be_deleted: bool = False
) -> int:
    """Do trials of a study and report them, return the exit status.

    Args:
        study: The study.
        options: How many trials the user wants, and by which engine.
        ours: What we have for ourselves.
        may_be_deleted: Whether that the study is deleted meanwhile is an end like others.

    Raises:
        InvalidStudy: Its strategy cannot choose trials, or nothing can be added to those it has.
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        UnreadableStudy: The study's storage does not answer.
        OSError: The JSON file cannot be written.
    """
    from ppo_desktop.runs.speeds import speeds
    from ppo_desktop.runs.workload import measured_seconds
    from ppo_desktop.study.search import Search
    from ppo_desktop.study.trial_cost import describe_work, trials_workload

    reporter, noted = ours
    study.check_can_grow()
    if unknown := study.unknown.sentence(study.place.name):
        complain(unknown)
    check_strategy(study.plan, study.strategy)
    engine = engine_for(study.plan, options)
    results = _Results(study, reporter, may_be_deleted=may_be_deleted)
    going = Search(study, engine, options.trials, options.workers)
    noted.cancel_at_once(going.cancel)  # also where it waits for a database that is silent
    n_left = combinations_left(study.plan, study.trials()) if study.strategy.sampler in EXHAUSTIVE else None
    n_wanted = min((n for n in (options.trials, n_left) if n is not None), default=None)
    planned: Workload | None = None
    if reporter.is_watched:
        n_trials, at_once = n_wanted or going.trials_at_once, going.trials_at_once
        plan, trials = study.plan, study.trials()
        planned = trials_workload(plan, study.strategy, n_trials, at_once, engine, "tune", trials)
        seconds = measured_seconds(planned)
        each = None if seconds is None else seconds / n_trials
        note = "" if planned.is_fast else " on the PyTorch engine"
        said = describe_work(study.plan, options.trials, each, is_grid=n_left is not None, n_left=n_left)
        sys.stderr.write(f"{said}{note}\n")
    used = time.process_time()
    reporter.begin(n_wanted, "trials", study.place.name)
    with closing(going.events()) as events:
        for event in events:
            results.take(event, going.n_ended)
            if noted.requested:
                going.cancel()
    if planned is not None and going.n_ended == n_wanted:
        planned.learn(speeds(), time.process_time() - used)
    results.finish("interrupted" if noted.requested else "completed")
    return results.complain_of_trials()


class _Results:
    """What has come of it so far, each trial reported when it has ended.

    Args:
        study: The study.
        reporter: Where it is reported.
        may_be_deleted: Whether that the study is deleted is no failure.
    """

    def __init__(self, study: OpenStudy, reporter: Reporter, *, may_be_deleted: bool) -> None:
        self._study = study
        self._reporter = reporter
        self._may_be_deleted = may_be_deleted
        self._is_deleted = False
        self._trials = {trial.number: trial for trial in study.trials()}
        self._ended: list[TrialRecord] = []
        self._problem, self._trials_are_the_problem = "", False
        self._begun_at = time.perf_counter()

    def take(self, event: SearchEvent, n_ended: int) -> None:
        """Take in what has happened, `n_ended` trials having ended by then."""
        from ppo_desktop.jobs.job import Ended
        from ppo_desktop.study.search import SearchEnded, TrialEnded

        match event:
            case SearchEnded(is_deleted=True) if self._may_be_deleted:
                self._is_deleted = True
            case Ended():
                self._problem = event.message
                self._trials_are_the_problem = isinstance(event, SearchEnded) and event.is_of_trials
            case TrialEnded(record) if record.state is not TrialState.INTERRUPTED:
                self._ended.append(record)
                self._trials[record.number] = record
                self._reporter.write("trial", **_trial_fields(record), **self._place_on_map(record))
                best = self._best()
                value = None if best is None else best.objective
                note = "" if value is None else f"{self._first} so far {grouped(value, 1)}"
                self._reporter.advance(n_ended, note)
            case _:
                pass

    def finish(self, reason: str) -> None:
        """Report what the study says by now; always the last line."""
        reason = "failed" if self._problem else "deleted" if self._is_deleted else reason
        best, plan = self._best(), self._study.plan
        n, rate = len(self._ended), 60 * len(self._ended) / max(1e-9, time.perf_counter() - self._begun_at)
        self._reporter.write(
            "finished",
            study=self._study.place.name,
            environment=plan.environment_id,
            objective=plan.objective.value,
            total_steps=plan.total_steps,
            seeds=plan.n_seeds,
            best=None if best is None else _best_fields(best),
            trials=n,
            **{state.value: self._count(state) for state in _ENDS},
            trials_per_minute=round(rate, 1),
            reason=reason,
        )
        kinds = [f"{grouped(self._count(state))} {state.label}" for state in _ENDS if self._count(state)]
        counts = f" ({', '.join(kinds)})" if kinds else ""
        self._reporter.say(f"{reason}: {counted(n, 'trial')}{counts}, {rate:.0f} trials a minute")
        if best is not None and best.objective is not None:
            self._reporter.say(*self._describe(best, best.objective))

    def _describe(self, best: TrialRecord, objective: float) -> list[str]:
        """Return what a person is told of the best trial."""
        plan = self._study.plan
        of = counted(sum(trial.is_complete for trial in self._trials.values()), "complete trial")
        achieved = f"{plan.objective.label.lower()} {grouped(objective, 1)}"
        width = max(len(dimension.label) for dimension in plan.space)
        values = [
            f"  {dimension.label:{width}}  {dimension.format(best.values[dimension.field])}"
            for dimension in plan.space
        ]
        return ["", f"{self._first} of {of}: trial {best.number}, {achieved}", *values]

    @property
    def _first(self) -> str:
        """What the trial with the highest objective is called: of a map it has to be checked first."""
        return "highest" if self._is_map else "best"

    @property
    def _is_map(self) -> bool:
        return self._study.strategy.sampler == MAP

    def _place_on_map(self, trial: TrialRecord) -> dict[str, Any]:
        """Return where a trial lies on a map: the values across and up."""
        if not self._is_map:
            return {}
        return {
            name: trial.values.get(field) for name, field in zip("xy", self._study.plan.fields, strict=True)
        }

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
        from ppo_desktop.study.study_digest import best_trial

        return best_trial(trial for _, trial in sorted(self._trials.items()) if trial.is_complete)

    def _count(self, state: TrialState) -> int:
        return sum(trial.state is state for trial in self._ended)


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
