"""Whatever is asked of a comparison or a study, and when: nothing done is lost, one job goes on at a time."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QCoreApplication, QEventLoop
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import FINAL_RETURN, MEAN_RETURN
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.store import load
from ppo_desktop.jobs.job import Job
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.study.place import Place
from ppo_desktop.study.search import Search
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.comparisons import compared
from tests.tuning import set_up

PATIENCE_MS = 60_000
MOST_SEEDS = 3
QUICK_STEPS, ENDLESS_STEPS = 1000, 10_000_000
QUICK = compared((1e-3, 1e-2), 2, QUICK_STEPS, "learning_rate")
ENDLESS = compared((1e-4, 1e-5), 1, ENDLESS_STEPS, "learning_rate")
_folders = count()
Outcome = tuple[TrialState, Mapping[str, Value], float | None]


@cache
def undisturbed() -> dict[RunKey, str]:
    """Return the fingerprint of each run of which nobody has wished anything."""
    with Experiment(QUICK.with_seeds(MOST_SEEDS)) as experiment:
        list(experiment.events())
        return fingerprints(experiment.records)


def fingerprints(records: dict[RunKey, RunRecord]) -> dict[RunKey, str]:
    return {key: record.end.parameters_sha256 for key, record in records.items() if record.end is not None}


def outcomes(trials: Iterable[TrialRecord]) -> dict[int, Outcome]:
    """Return {number: how it ended, its values and what they were worth} of the trials that have ended."""
    return {
        trial.number: (trial.state, dict(trial.values), trial.objective)
        for trial in trials
        if trial.state.is_finished
    }


class AnyOrder(RuleBasedStateMachine):
    """What both machines have in common: a window that goes on for a moment between any two wishes.

    Attributes:
        at_work: The kinds of jobs at work; none is there twice.
        opened: All sessions; what belongs to Qt must not be collected as garbage by a thread that learns.
    """

    qtbot: QtBot
    session: Session
    folder: Path
    at_work: ClassVar[list[type]] = []
    opened: ClassVar[list[object]] = []

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    @rule()
    def look(self) -> None:
        """Let what has come meanwhile arrive, and a little more."""
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


class AnyOrderOfComparisons(AnyOrder):
    """A comparison session, and all runs that were ever seen to have ended, by file."""

    def __init__(self) -> None:
        super().__init__()
        self.own_folder = self.folder / f"comparisons {next(_folders)}"
        self.seen: dict[Path, dict[RunKey, str]] = defaultdict(dict)
        self.begin_session()

    def begin_session(self) -> None:
        self.comparisons = ComparisonSession(self.session, self.own_folder)
        self.comparisons.planning.set_up(QUICK)
        self.opened.append(self.comparisons)

    @property
    def file(self) -> Path | None:
        return None if self.comparisons._file is None else self.comparisons._file.path

    @rule(is_quick=st.booleans())
    def set_up(self, is_quick: bool) -> None:
        self.comparisons.set_up(QUICK if is_quick else ENDLESS, FINAL_RETURN, 0)

    @rule(n_seeds=st.integers(1, MOST_SEEDS))
    def set_seeds(self, n_seeds: int) -> None:
        self.comparisons.planning.set_seeds(n_seeds)

    @rule()
    def toggle(self) -> None:
        self.comparisons.toggle()

    @rule()
    def start(self) -> None:
        self.comparisons.start()

    @rule()
    def pause(self) -> None:
        self.comparisons.pause()

    @rule()
    def resume(self) -> None:
        self.comparisons.resume()

    @rule()
    def stop(self) -> None:
        self.comparisons.stop()

    @rule()
    def do_what_is_offered(self) -> None:
        self.comparisons.notices.act()

    @rule(is_visible=st.booleans())
    def set_visible(self, is_visible: bool) -> None:
        self.comparisons.inquiry.set_visible(is_visible)

    @rule()
    def ask_otherwise(self) -> None:
        self.comparisons.choose_measure(MEAN_RETURN)

    @rule(data=st.data())
    @precondition(lambda self: any(self.seen.values()))
    def open(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(path for path, runs in self.seen.items() if runs)))
        was_under_way = self.comparisons.is_under_way
        self.note_what_has_ended()
        self.comparisons.open(path)
        assert was_under_way or self.file == path

    @rule(title=st.sampled_from(["mine", "mine too"]))
    def rename(self, title: str) -> None:
        self.comparisons.rename(title)
        assert self.comparisons.comparison is None or self.comparisons.comparison.title == title

    @rule()
    def delete(self) -> None:
        path = self.file
        self.comparisons.delete()
        assert self.comparisons.state is JobState.EMPTY
        if path is not None:
            self.seen.pop(path, None)
            assert not path.exists()

    @rule()
    def wait_for_the_end(self) -> None:
        if self.comparisons.comparison is None or self.comparisons.comparison.variants == ENDLESS.variants:
            return
        self.comparisons.resume()
        self.wait_until(lambda: not self.comparisons.is_under_way)

    @rule()
    def begin_anew(self) -> None:
        """Close the window and open another one."""
        self.note_what_has_ended()
        self.comparisons.close()
        self.note_what_has_ended()
        self.nothing_is_lost()
        self.begin_session()

    @invariant()
    def note_what_has_ended(self) -> None:
        if self.file is None:
            return
        ended = fingerprints(dict(self.comparisons.records))
        before = self.seen[self.file]
        assert before.items() <= ended.items(), "what has ended stays as it was"
        self.seen[self.file] = ended
        assert ended.items() <= undisturbed().items(), "and is what it would be without all this"

    @invariant()
    def the_state_is_what_the_job_says(self) -> None:
        shown, experiment = self.comparisons, self.comparisons._experiment
        match shown.state:
            case JobState.EMPTY:
                assert experiment is None
                assert (shown.digest, shown.path, shown.runs_done, shown.share_done) == (None, None, 0, 0)
            case JobState.COMPLETE:
                assert experiment is not None
                assert experiment.is_complete
                assert shown.share_done == 1
            case JobState.RESTING | JobState.RUNNING | JobState.PAUSED:
                assert experiment is not None
            case _:
                raise AssertionError(shown.state)

    @rule()
    def wait_for_what_it_says(self) -> None:
        """What runs goes on or ends; what rests comes to stand still."""
        shown, experiment = self.comparisons, self.comparisons._experiment
        if experiment is None:
            return
        if shown.state is JobState.RUNNING:
            before = experiment.worked
            self.wait_until(lambda: experiment.worked > before or not shown.is_under_way)
        elif shown.state is JobState.PAUSED:
            self.wait_until(lambda: self.is_paused(experiment) or not shown.is_under_way)
            before = experiment.worked
            self.look()
            assert experiment.worked == before
        else:
            self.wait_until(lambda: Experiment not in self.at_work)
            before = experiment.worked
            self.wait_until(lambda: (shown.state is JobState.COMPLETE) == experiment.is_complete)
            assert experiment.worked == before

    def is_paused(self, experiment: Experiment) -> bool:
        runner = experiment._runner
        return runner is not None and experiment._is_paused and runner.wait_for_rest(0)

    def nothing_is_lost(self) -> None:
        for path, runs in self.seen.items():
            if runs:
                kept = load(path)
                assert kept.n_left_out == 0
                assert fingerprints(kept.records) == runs
                assert path.read_text(encoding="utf-8").count('"event": "run"') == len(runs), "none twice"

    def teardown(self) -> None:
        self.comparisons.close()
        self.note_what_has_ended()
        self.nothing_is_lost()


class AnyOrderOfStudies(AnyOrder):
    """A study session, and all trials that were ever seen to have ended, by place."""

    names = st.sampled_from(["mine", "mine too", "yours"])

    def __init__(self) -> None:
        super().__init__()
        self.own_folder = self.folder / f"studies {next(_folders)}"
        self.seen: dict[Path | str, dict[int, Outcome]] = defaultdict(dict)
        self.may_be_gone: set[Path | str] = set()
        self.begin_session()

    def begin_session(self) -> None:
        self.tune = TuneSession(self.session, self.own_folder)
        set_up(self.tune, 2)
        self.opened.append(self.tune)

    @property
    def location(self) -> Path | str:
        """Where the study shown is; empty for none."""
        return "" if self.tune.place is None else self.tune.place.location

    @rule(n_trials=st.sampled_from([1, 3, None]), is_quick=st.booleans())
    def set_up(self, n_trials: int | None, is_quick: bool) -> None:
        set_up(self.tune, n_trials, QUICK_STEPS if is_quick else ENDLESS_STEPS)

    @rule(name=names)
    def set_name(self, name: str) -> None:
        self.tune.drafting.set_name(name)

    @rule(wish=st.sampled_from(["start", "toggle", "pause", "resume", "finish", "stop", "new"]))
    def wish(self, wish: str) -> None:
        getattr(self.tune, wish)()

    @rule()
    def start_check(self) -> None:
        self.tune.start_check()

    @rule()
    def stop_check(self) -> None:
        self.tune.checking.stop()

    @rule()
    def do_what_is_offered(self) -> None:
        self.tune.notices.act()

    @rule(is_visible=st.booleans())
    def set_visible(self, is_visible: bool) -> None:
        self.tune.inquiry.set_visible(is_visible)

    @rule(data=st.data())
    def open(self, data: st.DataObject) -> None:
        locations = [location for location in self.seen if Path(location).exists()]
        if locations:
            location = Path(data.draw(st.sampled_from(sorted(locations, key=str))))
            self.tune.open(Place(location, location.stem))

    @rule(name=names)
    def rename(self, name: str) -> None:
        self.may_be_gone.add(self.location)
        self.tune.rename(name)

    @rule(name=names)
    def copy(self, name: str) -> None:
        self.tune.copy(name)

    @rule()
    def delete(self) -> None:
        self.may_be_gone.add(self.location)
        self.tune.delete()

    @rule()
    def wait_for_what_it_says(self) -> None:
        """What is opened comes; what runs goes on or ends; what is stopped ends."""
        tune, state, before = self.tune, self.tune.state, self.worked
        match state:
            case JobState.OPENING:
                self.wait_until(lambda: tune.state is not JobState.OPENING)
            case JobState.RUNNING:
                self.wait_until(lambda: tune.state is not state or self.worked > before)
            case JobState.RESTING | JobState.EMPTY:
                self.wait_until(lambda: Search not in self.at_work)
            case _:
                pass

    @rule()
    def wait_for_the_end(self) -> None:
        self.tune.stop()
        self.wait_until(lambda: not self.tune.is_under_way)

    @rule()
    def begin_anew(self) -> None:
        """Close the window and open another one."""
        self.tune.close()
        self.nothing_is_lost()
        self.begin_session()

    @property
    def worked(self) -> int:
        return len(self.tune.trials) + sum(len(trial.curve) for trial in self.tune.running)

    @invariant()
    def note_what_has_ended(self) -> None:
        for location in [one for one in self.may_be_gone if one != self.location and not Path(one).exists()]:
            self.may_be_gone.remove(location)
            self.seen.pop(location, None)
        if self.location:
            ended = outcomes(self.tune.trials)
            before = self.seen[self.location]
            assert before.items() <= ended.items(), "what has ended stays as it was"
            self.seen[self.location] = ended

    @invariant()
    def the_state_is_what_the_job_says(self) -> None:
        tune = self.tune
        assert (tune.plan is None) == (tune.place is None) == (tune._thread is None)
        assert (tune._opening is not None) == (tune.state is JobState.OPENING)
        assert tune.state is not JobState.EMPTY or (tune.place, tune.trials, tune.digest) == (None, (), None)
        assert tune.state in (JobState.EMPTY, JobState.OPENING) or tune.place is not None
        assert tune.is_under_way or not tune.running
        assert not (tune.checking.is_under_way and tune._is_learning), "they would share the processors"
        assert len(tune.running) <= 2

    def nothing_is_lost(self) -> None:
        for location, trials in self.seen.items():
            if not Path(location).exists():
                assert not trials or location in self.may_be_gone
                continue
            study = open_study(Place(location, Path(location).stem))
            kept = study.trials()
            study.close()
            assert trials.items() <= outcomes(kept).items()
            assert not any(trial.state is TrialState.RUNNING for trial in kept)

    def teardown(self) -> None:
        self.tune.close()
        for thread in threading.enumerate():
            if thread.name == "study":  # one that was given up while it opened a study
                thread.join(PATIENCE_MS / 1000)
                assert not thread.is_alive()
        self.nothing_is_lost()


@pytest.mark.parametrize("machine", [AnyOrderOfComparisons, AnyOrderOfStudies])
def test_nothing_done_is_lost_and_never_do_two_jobs_go_on(
    machine: type[AnyOrder], session: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed()  # before jobs are counted
    events = Job._events

    def events_of_the_only_one(job: Job[Any]) -> Generator[Any]:
        assert type(job) not in AnyOrder.at_work
        AnyOrder.at_work.append(type(job))
        try:
            yield from events(job)
        finally:
            AnyOrder.at_work.remove(type(job))

    monkeypatch.setattr(Job, "_events", events_of_the_only_one)
    monkeypatch.setattr(AnyOrder, "opened", [])
    machine.qtbot, machine.session, machine.folder = qtbot, session, tmp_path
    run_state_machine_as_test(
        machine, settings=settings(max_examples=10, stateful_step_count=20, deadline=None)
    )
