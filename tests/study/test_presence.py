"""Programs that work at the same study: who dies is noticed, who lives is left alone."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest

from ppo_desktop import user_files
from ppo_desktop.study.attributes import MARK
from ppo_desktop.study.opened import DIED, MOST_DEATHS, OpenStudy
from ppo_desktop.study.place import UnreadableStudy
from ppo_desktop.study.presence import FOLDER, Intervals, Presence
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.studies import QUICK, begin, closing, do, elsewhere, new_study

WAITING_SECONDS = 30


def marks() -> list[str]:
    """Return the marks of those at work in this home."""
    return sorted(path.name for path in (user_files.studies_folder() / FOLDER).iterdir())


def states(study: OpenStudy) -> list[TrialState]:
    return [trial.state for trial in study.trials()]


def tended(study: OpenStudy) -> list[int]:
    """Tend a study until a trial is given up; return which."""
    end = time.monotonic() + WAITING_SECONDS
    while time.monotonic() < end:
        if given_up := study.tend():
            return given_up
        time.sleep(0.05)
    pytest.fail("nobody was found dead")


def let_one_die(study: OpenStudy) -> None:
    """Let somebody begin a trial and be gone, as far as others can see."""
    with closing(open_study(study.place)) as other:
        begin(other)


# ---- of this home


def test_a_program_that_was_killed_is_noticed_at_once_and_its_mark_goes() -> None:
    with new_study(intervals=Intervals(grace=1000)) as study:
        with elsewhere(study.place) as other:
            assert other.ask("begin") == "0"
            assert study.tend() == []
            assert len(marks()) == 2
            other.kill()
            assert study.tend() == [0]
            assert len(marks()) == 1
        dead, waiting = study.trials()
        assert (dead.state, dead.reason) == (TrialState.INTERRUPTED, DIED)
        assert (waiting.state, waiting.retry_of, waiting.values) == (TrialState.WAITING, 0, dead.values)
        assert study.tend() == []


def test_what_is_put_back_belongs_to_who_takes_it_up() -> None:
    with new_study() as study:
        let_one_die(study)
        study.tend()
        trial = begin(study)
        assert study.tend() == []
        assert study.trials()[1].worker == study.worker
        study.end(trial, TrialState.COMPLETE, 1.0)
        assert states(study) == [TrialState.INTERRUPTED, TrialState.COMPLETE]


def test_a_study_whose_program_was_killed_goes_on_where_it_is_opened() -> None:
    with new_study() as study:
        do(study)
        place = study.place
    with elsewhere(place) as other:
        assert other.ask("begin 2") == "1 2"
        other.kill()
    with closing(open_study(place)) as study:
        assert states(study) == [
            TrialState.COMPLETE,
            *[TrialState.INTERRUPTED] * 2,
            *[TrialState.WAITING] * 2,
        ]


def test_values_at_which_programs_die_are_given_up_in_the_end() -> None:
    with new_study() as study:
        for _ in range(MOST_DEATHS):
            let_one_die(study)
            study.tend()
        last: TrialRecord = study.trials()[-1]
        assert last.state is TrialState.FAILED
        assert last.reason == "3 programs ended while at it; not tried again."
        assert states(study)[:-1] == [TrialState.INTERRUPTED] * (MOST_DEATHS - 1)


def test_stopping_a_trial_often_is_no_reason_to_give_it_up() -> None:
    with new_study() as study:
        for _ in range(MOST_DEATHS + 2):
            study.end(begin(study), TrialState.INTERRUPTED, reason="Stopped.")
        assert states(study)[-1] is TrialState.WAITING


def test_what_is_put_back_keeps_its_values_and_nothing_of_how_far_it_came() -> None:
    with new_study() as study:
        trial = begin(study)
        for key in ("completed_rung_0", "grid_id"):
            study.optuna._storage.set_trial_system_attr(trial._trial_id, key, 3)
        study.set_random(trial, True)
        study.end(trial, TrialState.INTERRUPTED)
        again = study.optuna.get_trials()[1]
        assert again.system_attrs == {"grid_id": 3, "failed_trial": 0, "retry_history": [0]}
        assert again.user_attrs == {"random": True}
        study.end(begin(study), TrialState.INTERRUPTED)
        assert study.optuna.get_trials()[2].system_attrs["retry_history"] == [0, 1]


@pytest.mark.parametrize("dies", [True, False])
def test_a_trial_never_fails_without_being_put_back(monkeypatch: pytest.MonkeyPatch, dies: bool) -> None:
    with new_study() as study:
        if dies:
            let_one_die(study)
        else:
            trial = begin(study)

        def fail(*_: object) -> None:
            raise sqlite3.OperationalError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(study._storage, "_get_prepared_new_trial", fail)  # the second half of it
            with pytest.raises(UnreadableStudy):
                study.tend() if dies else study.end(trial, TrialState.INTERRUPTED)
            assert states(study) == [TrialState.RUNNING]
        assert study.tend() == [0]
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


# ---- where the storage refuses what is told of a trial


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies that are opened do not wait for whoever has locked their file."""
    monkeypatch.setattr("ppo_desktop.study.connection._BUSY_SECONDS", 0.1)


@contextmanager
def locked(study: OpenStudy) -> Iterator[None]:
    """Let a study's file refuse whatever is written."""
    assert isinstance(study.place.location, Path)
    connection = sqlite3.connect(study.place.location, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def test_a_trial_that_could_not_be_ended_gives_no_sign_of_life_and_is_tried_again(
    impatient: None,
) -> None:
    with new_study(intervals=Intervals(grace=1000)) as study:
        trial = begin(study)
        with locked(study), pytest.raises(UnreadableStudy):
            study.end(trial, TrialState.COMPLETE, 1.0)
        assert study._presence.trials == frozenset()
        assert study.tend() == [0]
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


def test_others_put_back_what_could_not_be_ended_before_the_study_was_closed(
    impatient: None,
) -> None:
    with new_study(intervals=Intervals(grace=1000)) as study:
        with closing(open_study(study.place)) as failing:
            trial = begin(failing)
            with locked(study), pytest.raises(UnreadableStudy):
                failing.end(trial, TrialState.COMPLETE, 1.0)
        assert study.tend() == [0]
        assert len(marks()) == 1


def test_trials_that_are_left_are_put_back_by_others_while_the_study_stays_open() -> None:
    with new_study(intervals=Intervals(grace=1000)) as study, closing(open_study(study.place)) as leaving:
        for _ in range(2):
            begin(leaving)
        leaving.leave()
        kept = begin(leaving)
        assert study.tend() == [0, 1]
        assert study.tend() == []
        assert leaving.end(kept, TrialState.COMPLETE, 1.0)
        assert states(study) == [
            *[TrialState.INTERRUPTED] * 2,
            TrialState.COMPLETE,
            *[TrialState.WAITING] * 2,
        ]


def test_a_trial_that_somebody_else_has_ended_gets_no_sign_of_life_any_more() -> None:
    with new_study() as study, closing(open_study(study.place, QUICK)) as other:
        trial = begin(study)
        other.optuna.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        assert not study.report(trial, [(50, 1.0)])
        assert study._presence.trials == frozenset()


@pytest.mark.slow
def test_who_lives_is_left_alone_however_silent() -> None:
    with new_study(intervals=Intervals(heartbeat=1000, grace=0.01)) as study:
        trial = begin(study)
        with elsewhere(study.place) as other:
            time.sleep(2.1)  # SQLite counts whole seconds
            assert other.ask("tend") == "[]"
        assert study.end(trial, TrialState.COMPLETE, 1.0)


@pytest.mark.slow
def test_of_two_who_tend_at_once_one_puts_a_trial_back() -> None:
    with new_study() as study, elsewhere(study.place) as first, elsewhere(study.place) as second:
        assert first.ask("tend") == second.ask("tend") == "[]"  # they have opened it, which tends it too
        for _ in range(2):
            with elsewhere(study.place) as third:
                begun = third.ask("begin 4").split()
                third.kill()
            first.tell("tend")
            second.tell("tend")
            given_up = [first.answer(), second.answer()]
            numbers = sorted(
                int(number) for said in given_up for number in said.strip("[]").split(", ") if number
            )
            assert numbers == sorted(map(int, begun))
            waiting = [trial.retry_of for trial in study.trials() if trial.state is TrialState.WAITING]
            assert sorted(number for number in waiting if number is not None) == numbers


@pytest.mark.slow
def test_of_two_who_want_a_waiting_trial_one_gets_it() -> None:
    with new_study() as study:
        for _ in range(20):
            study.optuna.enqueue_trial({})
        with elsewhere(study.place) as first, elsewhere(study.place) as second:
            first.tell("begin 10")
            second.tell("begin 10")
            begun = [int(number) for said in (first.answer(), second.answer()) for number in said.split()]
            assert sorted(begun) == list(range(20))
            assert states(study) == [TrialState.RUNNING] * 20


def test_who_comes_too_late_for_a_waiting_trial_leaves_no_mark_on_it() -> None:
    with new_study() as study:
        study.optuna.enqueue_trial({})
        trial = study.begin()
        mark = study.optuna.get_trials()[0].user_attrs[MARK]
        with closing(open_study(study.place, QUICK)) as late:  # it had seen the trial wait
            assert not late.optuna._storage.set_trial_state_values(
                trial._trial_id, optuna.trial.TrialState.RUNNING
            )
        assert study.optuna.get_trials()[0].user_attrs[MARK] == mark


@pytest.mark.slow
def test_two_who_begin_at_once_have_trials_of_their_own() -> None:
    with new_study() as study, elsewhere(study.place) as first, elsewhere(study.place) as second:
        first.tell("begin 10")
        second.tell("begin 10")
        begun = [int(number) for said in (first.answer(), second.answer()) for number in said.split()]
        assert sorted(begun) == list(range(20))


def test_a_trial_that_was_given_up_takes_no_value_any_more(tmp_path: Path) -> None:
    with new_study() as study, elsewhere(study.place, tmp_path / "other") as other:
        other.ask("begin")
        study.tend(is_alone=True)  # it only looks as if
        assert other.ask("end") == "False"
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


# ---- of another home


def test_a_program_of_another_home_is_known_by_its_silence(tmp_path: Path) -> None:
    with new_study() as study, elsewhere(study.place, tmp_path / "other") as other:
        other.ask("begin")
        other.kill()
        assert study.tend() == []  # it might still be there
        assert tended(study) == [0]
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


@pytest.mark.slow
def test_a_program_of_another_home_that_lives_is_left_alone(tmp_path: Path) -> None:
    with (
        new_study() as study,
        elsewhere(study.place, tmp_path / "one") as living,
        elsewhere(study.place, tmp_path / "two") as dead,
    ):
        assert living.ask("begin") == "0"
        assert dead.ask("begin") == "1"
        dead.kill()
        assert tended(study) == [1]
        assert living.ask("end") == "True"


def test_a_file_that_nobody_has_open_has_no_trial_running(tmp_path: Path) -> None:
    with new_study() as study:
        place = study.place
    with elsewhere(place, tmp_path / "other") as other:
        other.ask("begin")
        other.kill()
    with closing(open_study(place, Intervals(grace=1000))) as study:
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


# ---- marks


def test_a_mark_is_there_for_as_long_as_a_study_is_open() -> None:
    with new_study() as study:
        assert len(marks()) == 1
        with closing(open_study(study.place)):
            assert len(marks()) == 2
        assert len(marks()) == 1
    assert marks() == []


@pytest.mark.parametrize("mark", ["", "..", "../x", "nobody", "a" * 300])
def test_of_foreign_marks_nothing_is_known(tmp_path: Path, mark: str) -> None:
    (tmp_path / "x").touch()
    presence = Presence(tmp_path, Intervals())
    assert presence.is_alive(mark) is None
    presence.close()


def test_without_a_place_for_marks_one_works_all_the_same(tmp_path: Path) -> None:
    with new_study() as study:
        place = study.place
    (user_files.studies_folder() / FOLDER).rmdir()
    (user_files.studies_folder() / FOLDER).touch()
    with closing(open_study(place)) as study:
        do(study)
        trial = begin(study)
        assert study.tend() == []
        assert study.end(trial, TrialState.COMPLETE, 1.0)


def test_who_closes_a_study_without_ending_trials_is_dead_to_others() -> None:
    with new_study(intervals=Intervals(grace=1000)) as study:
        place = study.place
        with closing(open_study(place, QUICK)) as other:
            begin(other)  # and its heartbeats: all tests look for threads that are left
            assert study.tend() == []
        assert study.tend() == [0]
    assert marks() == []


def test_a_program_of_another_kind_that_says_nothing_is_left_alone() -> None:
    with new_study(intervals=Intervals(grace=0.01)) as study:
        storage = f"sqlite:///{study.place.location}"
        foreign = optuna.load_study(study_name=study.place.name, storage=storage)
        trial = foreign.ask()
        foreign._storage._backend.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]
        time.sleep(2.1)  # SQLite counts whole seconds
        assert study.tend() == []
        foreign.tell(trial, 1.0, state=optuna.trial.TrialState.COMPLETE)
        foreign._storage._backend.engine.dispose()  # type: ignore[attr-defined]


def test_an_old_mark_that_somebody_else_has_just_taken_away_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FOLDER).mkdir()
    for mark in ("a" * 16, "b" * 16):
        (tmp_path / FOLDER / mark).touch()
        os.utime(tmp_path / FOLDER / mark, (1000, 1000))
    iterdir = Path.iterdir

    def iterdir_and_lose_one(folder: Path) -> list[Path]:
        found = sorted(iterdir(folder))
        found[0].unlink()
        return found

    monkeypatch.setattr(Path, "iterdir", iterdir_and_lose_one)
    presence = Presence(tmp_path, Intervals())
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [presence.mark]
    assert presence.mark
    presence.close()
