"""A study on its way: begun, paused, stopped, gone on with, opened, moved, and never lost."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge import study_session
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.study.check import Check
from ppo_desktop.study.importance import MEAN_DECREASE_IMPURITY
from ppo_desktop.study.library import path_for
from ppo_desktop.study.place import Place
from ppo_desktop.study.trials import TrialState
from tests.tuning import ENDLESS, PLAN, make_study, set_up

LONG = 1_000_000
"""Steps of runs that have many points of their curves to tell."""
Open = Callable[[], TuneSession]


def wait_for(qtbot: QtBot, tune: TuneSession, state: JobState) -> None:
    qtbot.waitUntil(lambda: tune.state is state)


def do(qtbot: QtBot, tune: TuneSession) -> None:
    """Do a whole go."""
    tune.start()
    assert tune.state in (JobState.OPENING, JobState.RUNNING)
    wait_for(qtbot, tune, JobState.RESTING)


def begin_endless(qtbot: QtBot, tune: TuneSession, total_steps: int = ENDLESS) -> None:
    """Begin trials that are at work longer than the test, and wait until two are."""
    set_up(tune, None, total_steps)
    tune.start()
    qtbot.waitUntil(lambda: len(tune.running) == 2)


def wait_for_digest(qtbot: QtBot, tune: TuneSession) -> None:
    """Wait until all trials there are have been looked at."""

    def is_there() -> bool:
        digest = tune.digest
        return digest is not None and digest.trials == tune.trials and digest.question == tune.question

    qtbot.waitUntil(is_there)


def states(tune: TuneSession) -> list[TrialState]:
    return [trial.state for trial in tune.trials]


def open_kept(qtbot: QtBot, tune: TuneSession, place: Place) -> None:
    tune.open(place)
    qtbot.waitUntil(lambda: tune.state is not JobState.OPENING)
    assert tune.state is JobState.RESTING, tune.notices.current.text


# ---- from start to end


def test_before_the_first_there_is_nothing(tune: TuneSession, studies: Path) -> None:
    assert tune.state is JobState.EMPTY
    assert tune.place is None
    assert tune.digest is None
    assert tune.trials == tune.running == tune.workers == ()
    assert tune.seconds_left is None
    assert tune.checking.result is None
    assert tune.next_work == "60 trials × 2 seeds × 20 000 steps = 2 400 000 steps · time not known yet"
    for ask in (tune.pause, tune.resume, tune.finish, tune.stop, tune.new, tune.delete, tune.checking.stop):
        ask()
    tune.rename("other")
    tune.copy("other")
    assert tune.state is JobState.EMPTY
    assert not studies.exists()


def test_a_study_runs_to_its_end_and_says_what_came_of_it(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    seen: list[JobState] = []
    tune.state_changed.connect(lambda: seen.append(tune.state))
    set_up(tune)
    do(qtbot, tune)
    assert seen == [JobState.OPENING, JobState.RESTING, JobState.RUNNING, JobState.RESTING]
    assert states(tune) == [TrialState.COMPLETE] * 3
    assert (tune.n_done, tune.n_wanted) == (3, 3)
    assert tune.running == ()
    assert tune.place == Place(studies / "CartPole-v1 clip_range learning_rate.db", tune.drafting.name)
    assert tune.plan is not None
    assert replace(tune.plan, base=PLAN.base) == replace(PLAN, space=tune.plan.space)
    wait_for_digest(qtbot, tune)
    assert tune.digest is not None
    assert tune.digest.best == tune.best
    assert tune.best is not None
    assert tune.best.objective == max(trial.objective or 0 for trial in tune.trials)
    (worker,) = tune.workers
    assert (worker.is_here, worker.n_running, worker.n_done) == (True, 0, 3)


def test_trials_are_told_while_they_learn(qtbot: QtBot, tune: TuneSession) -> None:
    begin_endless(qtbot, tune, 10 * LONG)
    assert [trial.number for trial in tune.running] == [0, 1]
    assert states(tune) == [TrialState.RUNNING] * 2
    qtbot.waitUntil(lambda: all(trial.curve for trial in tune.running))
    qtbot.waitUntil(lambda: bool(tune.workers) and tune.workers[0].n_running == 2)
    qtbot.waitUntil(lambda: tune.digest is not None and len(tune.digest.trials) == 2)
    tune.stop()
    wait_for(qtbot, tune, JobState.RESTING)
    assert tune.running == ()
    assert TrialState.RUNNING not in states(tune)


def test_more_trials_of_the_study_shown(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    set_up(tune, 2)
    do(qtbot, tune)
    tune.drafting.choose_sampler("qmc")
    tune.drafting.set_trials(1)
    do(qtbot, tune)
    assert states(tune) == [TrialState.COMPLETE] * 3
    assert tune.n_done == 1
    assert len(list(studies.glob("*.db"))) == 1
    place = tune.place
    assert place is not None
    assert tune.notices.current.text == "1 trial done."
    tune.new()
    assert tune.notices.current.text == "", "it was of the study before"
    open_kept(qtbot, tune, place)
    assert tune.drafting.strategy.sampler == "qmc", "the strategy chosen last is kept"


def test_pausing_and_going_on(qtbot: QtBot, tune: TuneSession) -> None:
    assert " · time not known yet" in tune.next_work, "nobody looks at the page"
    begin_endless(qtbot, tune, LONG)
    assert tune.next_work.endswith("steps"), "how long is told by the time left"
    tune.toggle()
    assert tune.state is JobState.PAUSED
    assert tune.seconds_left is None
    tune.toggle()
    assert tune.state is JobState.RUNNING
    before = sum(len(trial.curve) for trial in tune.trials)
    qtbot.waitUntil(lambda: sum(len(trial.curve) for trial in tune.trials) > before)


def test_finishing_lets_the_running_trials_come_to_their_end(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, None, 10_000)
    tune.start()
    qtbot.waitUntil(lambda: len(tune.running) == 2)
    tune.pause()
    tune.finish()
    assert tune.state is JobState.FINISHING
    wait_for(qtbot, tune, JobState.RESTING)
    assert set(states(tune)) == {TrialState.COMPLETE}


def test_what_is_stopped_is_tried_again(qtbot: QtBot, tune: TuneSession) -> None:
    begin_endless(qtbot, tune)
    values = [trial.values for trial in tune.running]
    tune.stop()
    wait_for(qtbot, tune, JobState.RESTING)
    qtbot.waitUntil(lambda: states(tune) == [TrialState.INTERRUPTED] * 2 + [TrialState.WAITING] * 2)
    assert "Stopped" in tune.notices.current.text
    tune.start()
    qtbot.waitUntil(lambda: len(tune.running) == 2)
    assert [trial.values for trial in tune.running] == values


def test_a_stop_right_after_the_start_is_heard(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, None, ENDLESS)
    tune.start()
    wait_for(qtbot, tune, JobState.RUNNING)
    tune.stop()
    wait_for(qtbot, tune, JobState.RESTING)


def test_the_time_left_is_told_once_trials_have_ended(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 500)
    tune.start()
    qtbot.waitUntil(lambda: tune.n_done >= 2)
    qtbot.waitUntil(lambda: tune.seconds_left is not None)
    assert tune.seconds_left is not None
    assert tune.seconds_left > 0


def set_up_grid(tune: TuneSession, n_trials: int | None) -> None:
    """Set up a grid of four combinations."""
    set_up(tune, n_trials, sampler="grid")
    for field in ("clip_range", "learning_rate"):
        tune.drafting.set_points(field, 2)


def test_a_grid_that_is_done_ends_by_itself_and_says_that_nothing_is_left(
    qtbot: QtBot, tune: TuneSession
) -> None:
    set_up_grid(tune, 60)
    assert tune.next_work.startswith("2 × 2 = 4 combinations · 4 000 steps · ")
    do(qtbot, tune)
    assert states(tune) == [TrialState.COMPLETE] * 4
    assert sorted(trial.combination for trial in tune.trials if trial.combination is not None) == [0, 1, 2, 3]
    assert (tune.n_done, tune.n_wanted) == (4, 4)
    assert "Every combination" in tune.notices.current.text
    assert tune.next_work == "2 × 2 = 4 combinations · nothing is left to try"
    tune.start()
    assert tune.state is JobState.RESTING
    assert "Nothing is left" in tune.notices.current.text
    tune.drafting.set_trials(1)
    tune.notices.act()
    qtbot.waitUntil(lambda: len(tune.trials) == 5)
    wait_for(qtbot, tune, JobState.RESTING)
    assert tune.drafting.strategy.sampler != "grid"
    tune.drafting.choose_sampler("random")
    assert tune.next_work.startswith("1 trial × ")


def test_a_grid_goes_on_with_what_is_still_to_be_tried(qtbot: QtBot, tune: TuneSession) -> None:
    set_up_grid(tune, 1)
    do(qtbot, tune)
    assert tune.next_work.startswith("2 × 2 = 4 combinations, 3 of them still to be tried, 1 of them now · ")
    tune.drafting.set_trials(None)
    assert tune.next_work.startswith("2 × 2 = 4 combinations, 3 of them still to be tried · 3 000 steps · ")
    do(qtbot, tune)
    assert (tune.n_done, tune.n_wanted) == (3, 3)


def test_how_trials_were_chosen_last_is_known_whatever_comes_next(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    set_up(tune, 1)
    do(qtbot, tune)
    tune.drafting.choose_sampler("qmc")
    assert tune.strategy.sampler == "random"
    do(qtbot, tune)
    assert tune.strategy.sampler == "qmc"
    open_kept(qtbot, tune, make_study(studies))
    tune.drafting.choose_pruner("median")
    assert (tune.strategy.sampler, tune.strategy.pruner) == ("random", "none")


def test_nothing_of_a_study_that_is_being_made_can_be_changed(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 1)
    usual = tune.drafting.draft.dimension("clip_range")
    tune.start()
    assert tune.state is JobState.OPENING
    assert tune.drafting.is_locked
    tune.drafting.set_range("clip_range", 0.1, 0.2)
    tune.drafting.choose_sampler("qmc")
    assert tune.drafting.draft.dimension("clip_range") == usual
    assert tune.drafting.strategy.sampler == "random"
    wait_for(qtbot, tune, JobState.RESTING)
    tune.drafting.choose_sampler("qmc")
    assert tune.drafting.strategy.sampler == "qmc"


# ---- what stands in the way


def test_what_makes_no_study_is_told_and_taken_back(tune: TuneSession) -> None:
    set_up(tune)
    for field in tune.drafting.draft.ticked:
        tune.drafting.tick(field, False)
    tune.start()
    assert tune.state is JobState.EMPTY
    assert tune.notices.current.is_warning
    assert tune.next_work not in tune.notices.current.text, "the page says it already"
    tune.drafting.tick("gamma", True)
    assert tune.notices.current.text == ""


def test_what_was_refused_is_forgotten_when_something_else_is_set_up(tune: TuneSession) -> None:
    tune.drafting.refuse("Clip range cannot be inf.")
    assert tune.notices.current.is_warning
    tune.drafting.set_range("clip_range", 0.1, 0.2)
    assert tune.notices.current.text == ""
    tune.drafting.set_range("clip_range", 0.3, 0.2)
    assert tune.notices.current.is_warning
    tune.drafting.set_range("clip_range", 0.1, 0.3)
    assert tune.notices.current.text == ""


def test_a_name_that_is_taken_begins_nothing(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    make_study(studies, "mine")
    set_up(tune)
    tune.drafting.set_name("mine")
    tune.start()
    wait_for(qtbot, tune, JobState.EMPTY)
    assert tune.notices.current.is_warning
    assert "mine" in tune.notices.current.text
    assert not tune.drafting.is_locked


def test_a_name_nobody_chose_gives_way_to_one_that_is_free(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    make_study(studies, "CartPole-v1 clip_range learning_rate")
    set_up(tune, 1)
    do(qtbot, tune)
    assert tune.place is not None
    assert tune.place.name == "CartPole-v1 clip_range learning_rate 2"


def test_it_waits_for_the_fast_engine(tune: TuneSession) -> None:
    tune.session.preparation.state = PreparationState.GOING_ON
    tune.start()
    assert tune.state is JobState.EMPTY
    assert "fast engine" in tune.notices.current.text
    assert tune.next_work.endswith("once the fast engine is prepared")
    tune.notices.act()
    tune.session.preparation._set(PreparationState.NOT_NEEDED)
    assert tune.state is JobState.EMPTY, "that was given up"


def test_it_begins_by_itself_when_the_fast_engine_is_prepared(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 1)
    tune.session.preparation._set(PreparationState.GOING_ON)
    tune.start()
    assert tune.state is JobState.EMPTY
    tune.session.preparation._set(PreparationState.NOT_NEEDED)
    qtbot.waitUntil(lambda: any(trial.is_complete for trial in tune.trials))
    wait_for(qtbot, tune, JobState.RESTING)


def test_nothing_begins_by_itself_once_something_else_has_been_asked_for(tune: TuneSession) -> None:
    set_up(tune, 1)
    tune.session.preparation._set(PreparationState.GOING_ON)
    tune.start()
    tune.new()
    tune.session.preparation._set(PreparationState.NOT_NEEDED)
    assert tune.state is JobState.EMPTY


def test_without_the_fast_engine_the_other_searches(
    qtbot: QtBot, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppo_desktop.study import assessment

    used: list[str] = []
    make_engine = assessment.make_engine

    def make_and_note(settings: RunSettings, wanted: str) -> Engine:
        used.append(wanted)
        return make_engine(settings, wanted)

    monkeypatch.setattr(assessment, "make_engine", make_and_note)
    tune.session.preparation.state = PreparationState.FAILED
    set_up(tune, 1)
    assert tune.next_work.endswith("on the PyTorch engine")
    do(qtbot, tune)
    assert used == [PYTORCH]
    assert states(tune) == [TrialState.COMPLETE]
    tune.session.preparation.state = PreparationState.NOT_NEEDED


def test_a_run_that_trains_pauses_for_the_search(qtbot: QtBot, tune: TuneSession, session: Session) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.RUNNING)
    set_up(tune, 1)
    tune.start()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    wait_for(qtbot, tune, JobState.RESTING)


def test_while_trials_run_nothing_else_is_shown_and_nothing_moved(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    other = make_study(studies, "other")
    begin_endless(qtbot, tune)
    place = tune.place
    for ask in (
        tune.new,
        lambda: tune.open(other),
        lambda: tune.rename("new"),
        lambda: tune.copy("new"),
        tune.delete,
        tune.start_check,
    ):
        tune.notices.withdraw()
        ask()
        assert tune.notices.current.text
        assert tune.state is JobState.RUNNING
    assert tune.place == place
    assert path_for(studies, "new").exists() is False


@pytest.mark.parametrize(
    ("ask", "is_done"),
    [
        (TuneSession.new, lambda tune: tune.state is JobState.EMPTY),
        (lambda tune: tune.open(make_study(tune.folder, "other")), lambda tune: tune.place.name == "other"),
        (lambda tune: tune.rename("new"), lambda tune: tune.place.name == "new"),
        (
            TuneSession.delete,
            lambda tune: tune.state is JobState.EMPTY and not any(tune.folder.glob("*.db")),
        ),
    ],
)
def test_what_cannot_be_while_trials_run_is_offered_and_done_once_they_are_stopped(
    qtbot: QtBot,
    tune: TuneSession,
    ask: Callable[[TuneSession], None],
    is_done: Callable[[TuneSession], bool],
) -> None:
    begin_endless(qtbot, tune)
    ask(tune)
    tune.notices.act()
    qtbot.waitUntil(lambda: is_done(tune))
    assert "is running" not in tune.notices.current.text


def test_the_next_go_does_what_was_left_when_one_was_stopped(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 200)
    tune.start()
    qtbot.waitUntil(lambda: tune.n_done >= 1)
    tune.finish()
    wait_for(qtbot, tune, JobState.RESTING)
    left = 200 - tune.n_done
    assert (tune.n_left, tune.drafting.n_trials) == (left, left)
    tune.start()
    assert tune.n_wanted == left
    tune.stop()
    wait_for(qtbot, tune, JobState.RESTING)


def test_a_storage_that_breaks_ends_the_go_and_loses_nothing(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, None)
    tune.start()
    qtbot.waitUntil(lambda: tune.n_done >= 2)
    assert tune.place is not None
    connection = sqlite3.connect(tune.place.location, timeout=30)
    connection.execute("ALTER TABLE trials RENAME TO gone")
    connection.close()
    wait_for(qtbot, tune, JobState.RESTING)
    assert tune.notices.current.is_warning
    assert len(tune.trials) >= 2
    wait_for_digest(qtbot, tune)


# ---- kept studies


def test_a_kept_study_is_opened_and_gone_on_with(qtbot: QtBot, open_tune: Open, studies: Path) -> None:
    first = open_tune()
    set_up(first, 2)
    do(qtbot, first)
    before, place = first.trials, first.place
    assert place is not None
    first.close()
    second = open_tune()
    second.set_visible(True)
    open_kept(qtbot, second, place)
    assert second.trials == before
    assert second.plan == first.plan
    assert second.drafting.is_locked
    assert second.drafting.name == place.name
    wait_for_digest(qtbot, second)
    second.drafting.set_trials(1)
    do(qtbot, second)
    assert states(second) == [TrialState.COMPLETE] * 3


def test_what_only_a_newer_version_knows_of_a_study_is_told_when_it_is_opened(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    place = make_study(studies)
    with closing(sqlite3.connect(place.location)) as connection, connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = json_set(value_json, '$.base.momentum', 0.9) "
            "WHERE key = 'ppo_desktop'"
        )
    open_kept(qtbot, tune, place)
    assert "hyperparameter momentum" in tune.notices.current.text
    assert tune.notices.current.is_warning
    for begin in (tune.start, tune.start_check):
        tune.notices.withdraw()
        begin()
        assert "hyperparameter momentum" in tune.notices.current.text
        assert tune.state is JobState.RESTING, "nothing is added, which would be trained without it"
        assert not tune.checking.is_under_way


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0 and then nothing"])
def test_what_is_no_study_is_refused_and_the_one_shown_stays(
    qtbot: QtBot, tune: TuneSession, studies: Path, content: bytes
) -> None:
    place = make_study(studies)
    open_kept(qtbot, tune, place)
    wrong = studies / "wrong.db"
    wrong.write_bytes(content)
    tune.open(Place(wrong))
    assert tune.state is JobState.OPENING
    wait_for(qtbot, tune, JobState.RESTING)
    assert tune.notices.current.is_warning
    assert "wrong.db" in tune.notices.current.text
    assert tune.place == place
    assert wrong.read_bytes() == content


def test_a_study_that_is_not_there_is_refused(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    tune.open(Place(studies / "nowhere.db"))
    wait_for(qtbot, tune, JobState.EMPTY)
    assert tune.notices.current.is_warning
    assert not (studies / "nowhere.db").exists()


def test_another_study_can_be_set_up_after_one(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    open_kept(qtbot, tune, make_study(studies))
    tune.highlight(3)
    tune.new()
    assert tune.state is JobState.EMPTY
    assert (tune.place, tune.plan, tune.digest, tune.highlighted, tune.trials) == (None, None, None, None, ())
    assert not tune.drafting.is_locked


def test_a_study_is_renamed_and_goes_on(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    set_up(tune, 1)
    do(qtbot, tune)
    assert tune.place is not None
    old = tune.place.location
    tune.rename("better name")
    qtbot.waitUntil(lambda: tune.place is not None and tune.place.name == "better name")
    assert tune.drafting.name == "better name"
    assert not Path(old).exists()
    do(qtbot, tune)
    assert len(tune.trials) == 2
    assert [path.name for path in studies.glob("*.db")] == ["better name.db"]


def test_a_copy_is_shown_and_leaves_the_original(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    set_up(tune, 1)
    do(qtbot, tune)
    assert tune.place is not None
    original = tune.place
    tune.copy("the copy")
    qtbot.waitUntil(lambda: tune.place is not None and tune.place.name == "the copy")
    do(qtbot, tune)
    assert len(tune.trials) == 2
    open_kept(qtbot, tune, original)
    assert len(tune.trials) == 1


def test_a_name_that_is_taken_moves_nothing(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    make_study(studies, "taken")
    place = make_study(studies, "mine")
    open_kept(qtbot, tune, place)
    for ask in (tune.rename, tune.copy):
        tune.notices.withdraw()
        ask("taken")
        qtbot.waitUntil(lambda: tune.notices.current.is_warning)
        assert tune.place == place
    tune.drafting.set_trials(1)
    do(qtbot, tune)
    assert len(tune.trials) == 1


def test_a_deleted_study_is_gone(qtbot: QtBot, tune: TuneSession, studies: Path) -> None:
    open_kept(qtbot, tune, make_study(studies))
    with qtbot.waitSignal(tune.studies_changed):
        tune.delete()
    assert tune.state is JobState.EMPTY
    assert list(studies.glob("*.db")) == []


def test_a_study_whose_file_somebody_deletes_is_told_of(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    place = make_study(studies)
    open_kept(qtbot, tune, place)
    Path(place.location).unlink()
    qtbot.waitUntil(lambda: tune.notices.current.is_warning)
    assert "kept.db" in tune.notices.current.text
    assert tune.state is JobState.RESTING


# ---- others


KILLED_AT_WORK = """
import os, signal, sys
from pathlib import Path
from ppo_desktop.study.search import TrialAdvanced
from ppo_desktop.study.place import Place
from ppo_desktop.study.search import Search
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.trials import TrialState

study = open_study(Place(Path(sys.argv[1])))
for event in Search(study, "compiled", None, 2).events():
    if isinstance(event, TrialAdvanced) and sum(t.state is TrialState.RUNNING for t in study.trials()) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_trials_of_a_killed_program_are_told_of_and_tried_again(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    place = make_study(studies, plan=replace(PLAN, total_steps=5_000))
    subprocess.run([sys.executable, "-c", KILLED_AT_WORK, str(place.location)], check=False)
    open_kept(qtbot, tune, place)
    values = [trial.values for trial in tune.trials if trial.state is TrialState.INTERRUPTED]
    assert len(values) == 2
    assert states(tune)[-2:] == [TrialState.WAITING] * 2
    assert "2 trials were cut off" in tune.notices.current.text
    tune.drafting.set_trials(2)
    do(qtbot, tune)
    assert states(tune)[-2:] == [TrialState.COMPLETE] * 2
    assert [trial.values for trial in tune.trials[-2:]] == values


def test_what_another_program_does_is_seen(qtbot: QtBot, open_tune: Open, studies: Path) -> None:
    place = make_study(studies)
    watching = open_tune()
    watching.set_visible(True)
    open_kept(qtbot, watching, place)
    working = open_tune()
    open_kept(qtbot, working, place)
    working.drafting.set_trials(2)
    do(qtbot, working)
    qtbot.waitUntil(lambda: watching.trials == working.trials)
    wait_for_digest(qtbot, watching)


@pytest.fixture
def silent_database() -> Iterator[str]:
    """The URL of something that takes calls and says nothing; it hangs up after the test."""
    calls: list[socket.socket] = []
    server = socket.create_server(("127.0.0.1", 0))

    def take_calls() -> None:
        try:
            while True:
                calls.append(server.accept()[0])
        except OSError:  # closed
            return

    thread = threading.Thread(target=take_calls)
    thread.start()
    yield f"postgresql+psycopg://me:secret@127.0.0.1:{server.getsockname()[1]}/studies"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    for call in calls:
        call.close()
    for left in threading.enumerate():
        if left.name == "study":
            left.join()


def test_a_database_that_does_not_answer_can_be_given_up_at_once(
    qtbot: QtBot, silent_database: str, tune: TuneSession
) -> None:
    tune.open(Place(silent_database, "theirs"))
    assert tune.state is JobState.OPENING
    tune.stop()
    assert tune.state is JobState.EMPTY
    set_up(tune, 1)
    do(qtbot, tune)
    assert states(tune) == [TrialState.COMPLETE]
    assert tune.place is not None
    assert tune.place.is_file, "a late answer changes nothing"


def test_a_stop_that_nobody_answers_gives_the_study_up(
    qtbot: QtBot, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_session, "STOPPING_SECONDS", 0.2)
    begin_endless(qtbot, tune)
    place = tune.place
    assert place is not None
    with closing(sqlite3.connect(str(place.location), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # as a server that is frozen: nothing can be written
        tune.stop()
        assert tune.state is JobState.FINISHING
        wait_for(qtbot, tune, JobState.EMPTY)
        assert "does not answer" in tune.notices.current.text
        assert tune.notices.current.is_warning
        assert tune.place is None
        assert tune.running == ()
        set_up(tune, 1)
        do(qtbot, tune)
        assert states(tune) == [TrialState.COMPLETE]
        other.execute("ROLLBACK")
    for left in threading.enumerate():
        if left.name == "study" and left is not tune._thread._thread:  # type: ignore[union-attr]
            left.join()
    open_kept(qtbot, tune, place)
    assert states(tune) == [TrialState.INTERRUPTED] * 2 + [TrialState.WAITING] * 2, "it ends by itself"


def test_a_stop_that_is_answered_gives_nothing_up(qtbot: QtBot, tune: TuneSession) -> None:
    begin_endless(qtbot, tune)
    tune.stop()
    assert tune._unanswered.isActive()
    wait_for(qtbot, tune, JobState.RESTING)
    assert not tune._unanswered.isActive()


def test_closing_does_not_wait_for_a_database(silent_database: str, tune: TuneSession) -> None:
    tune.open(Place(silent_database, "theirs"))
    tune.close()
    assert any(thread.name == "study" for thread in threading.enumerate()), "it still waits, on its own"


def test_a_database_that_is_not_there_is_told_without_the_password(qtbot: QtBot, tune: TuneSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    tune.open(Place(f"postgresql+psycopg://me:secret@127.0.0.1:{port}/studies", "theirs"))
    wait_for(qtbot, tune, JobState.EMPTY)
    assert tune.notices.current.is_warning
    assert "127.0.0.1" in tune.notices.current.text
    assert "secret" not in tune.notices.current.text


def test_closing_in_the_middle_interrupts_the_trials(qtbot: QtBot, open_tune: Open, studies: Path) -> None:
    tune = open_tune()
    begin_endless(qtbot, tune)
    place = tune.place
    assert place is not None
    tune.close()
    again = open_tune()
    open_kept(qtbot, again, place)
    assert states(again) == [TrialState.INTERRUPTED] * 2 + [TrialState.WAITING] * 2
    assert "cut off" not in again.notices.current.text, "they were stopped in good order"


# ---- what is asked


def test_nothing_is_found_out_while_nobody_looks(qtbot: QtBot, open_tune: Open) -> None:
    tune = open_tune()
    set_up(tune)
    do(qtbot, tune)
    assert tune.digest is None
    tune.set_visible(True)
    wait_for_digest(qtbot, tune)


def test_the_contour_is_of_the_first_two_until_the_important_ones_are_known(
    qtbot: QtBot, tune: TuneSession
) -> None:
    contours: dict[JobState, tuple[str, str] | None] = {}
    tune.state_changed.connect(lambda: contours.setdefault(tune.state, tune.question.contour))
    set_up(tune, 12)
    tune.drafting.tick("gamma", True)
    do(qtbot, tune)
    assert contours[JobState.RUNNING] == ("clip_range", "learning_rate")

    def is_of_important_ones() -> bool:
        known = None if tune.digest is None else tune.digest.importances
        ranked = () if known is None else tuple(importance.field for importance in known.ranked[:2])
        return len(ranked) == 2 and tune.question.contour == ranked

    qtbot.waitUntil(is_of_important_ones)
    qtbot.waitUntil(lambda: tune.digest is not None and tune.digest.contour is not None)


def test_a_contour_somebody_has_chosen_stays(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 12)
    tune.start()
    qtbot.waitUntil(lambda: tune.plan is not None)
    tune.inquiry.choose_contour("learning_rate", "clip_range")
    wait_for(qtbot, tune, JobState.RESTING)
    qtbot.waitUntil(lambda: tune.digest is not None and tune.digest.importances is not None)
    assert tune.question.contour == ("learning_rate", "clip_range")


def test_another_evaluator_is_asked(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 10)
    do(qtbot, tune)
    with qtbot.waitSignal(tune.question_changed):
        tune.inquiry.choose_evaluator(MEAN_DECREASE_IMPURITY)

    def has_judged() -> bool:
        known = None if tune.digest is None else tune.digest.importances
        return known is not None and known.evaluator == MEAN_DECREASE_IMPURITY

    qtbot.waitUntil(has_judged)


def test_a_trial_is_pointed_at_everywhere_once(tune: TuneSession) -> None:
    seen: list[int | None] = []
    tune.highlight_changed.connect(lambda: seen.append(tune.highlighted))
    for number in (2, 2, 0, None, None):
        tune.highlight(number)
    assert seen == [2, 0, None]


# ---- what is taken out


def test_the_best_or_any_trial_is_opened_in_train(qtbot: QtBot, tune: TuneSession, session: Session) -> None:
    set_up(tune)
    do(qtbot, tune)
    best = tune.best
    assert best is not None
    assert tune.plan is not None
    with qtbot.waitSignal(tune.opened_in_train):
        tune.use_in_train(best.number)
    assert session.settings == tune.plan.settings(best.values, seed=1)
    assert session.baseline is None
    other = next(trial for trial in tune.trials if trial is not best)
    assert tune.place is not None
    said = f"Trial {best.number} of {tune.place.name} is set in Train, ready to begin."
    assert session.notices.current.text == said
    assert session.notices.current.action is None
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)
    session.pause()
    qtbot.waitUntil(lambda: session.state is not RunState.RUNNING)  # a run as short as a trial may have ended
    tune.use_in_train(other.number)
    assert session.notices.current.text.endswith("; the run before is kept.")
    assert session.notices.current.action is not None
    assert session.settings == tune.plan.settings(other.values, seed=1)
    tune.use_values_in_train(tune.plan.base_values, "The preset")
    assert session.settings.hyperparameters.clip_range == tune.plan.base.clip_range


def test_without_a_trial_there_is_nothing_to_use_or_check(
    qtbot: QtBot, tune: TuneSession, studies: Path
) -> None:
    open_kept(qtbot, tune, make_study(studies))
    before = tune.session.settings
    for ask in (lambda: tune.use_in_train(7), tune.start_check):
        tune.notices.withdraw()
        ask()
        assert tune.notices.current.is_warning
    assert tune.session.settings == before
    assert not tune.checking.is_under_way


def test_a_check_on_fresh_seeds_is_kept_in_the_study(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune)
    do(qtbot, tune)
    tune.start_check()
    assert tune.checking.is_under_way
    for ask in (tune.start, tune.new, lambda: tune.open(make_study(tune.folder, "another"))):
        tune.notices.withdraw()
        ask()
        assert tune.state is JobState.RESTING, "one after the other"
        assert tune.notices.current.action is not None
    assert tune.checking.is_under_way
    qtbot.waitUntil(lambda: not tune.checking.is_under_way)
    check = tune.checking.result
    assert check is not None
    assert check.is_complete
    assert check.checked[0].candidate.trial == (tune.best and tune.best.number)
    assert len(check.checked[0].by_seed) == 10
    place = tune.place
    assert place is not None
    tune.rename("checked")  # comes after what was to be kept
    qtbot.waitUntil(lambda: tune.place is not None and tune.place.name == "checked")
    place = tune.place
    assert place is not None
    tune.new()
    assert tune.checking.result is None
    open_kept(qtbot, tune, place)
    assert tune.checking.result == check
    tune.start_check()
    tune.checking.stop()
    assert tune.checking.result == check, "until fresh seeds say something else"


def test_a_check_that_fails_says_so_and_is_not_kept(
    qtbot: QtBot, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_check: Check) -> None:
        raise RuntimeError("no more threads")

    set_up(tune, 1)
    do(qtbot, tune)
    monkeypatch.setattr(Check, "_next_progress", break_down)
    tune.start_check()
    qtbot.waitUntil(lambda: not tune.checking.is_under_way)
    assert tune.notices.current.is_warning
    assert "no more threads" in tune.notices.current.text
    tune.rename("checked")  # comes after what would be kept
    qtbot.waitUntil(lambda: tune.place is not None and tune.place.name == "checked")
    place = tune.place
    assert place is not None
    tune.new()
    open_kept(qtbot, tune, place)
    assert tune.checking.result is None


def test_a_search_that_rests_for_a_check_does_not_go_on_to_finish(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 1)
    do(qtbot, tune)
    wait_for_digest(qtbot, tune)
    tune.drafting.set_trials(None)
    tune.start()
    wait_for(qtbot, tune, JobState.RUNNING)
    tune.pause()
    tune.start_check()
    assert tune.checking.is_under_way
    tune.finish()
    assert tune.state is JobState.PAUSED
    tune.checking.stop()
    tune.finish()
    assert tune.state is JobState.FINISHING
    wait_for(qtbot, tune, JobState.RESTING)


def test_a_check_can_be_stopped(qtbot: QtBot, tune: TuneSession) -> None:
    set_up(tune, 1)
    do(qtbot, tune)
    tune.start_check()
    tune.checking.stop()
    assert not tune.checking.is_under_way
    assert tune.checking.result is None or not tune.checking.result.is_complete
    tune.start_check()
    tune.close()
