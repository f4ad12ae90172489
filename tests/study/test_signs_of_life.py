"""Programs that work at the same study: who gives no sign of life is noticed, who does is left alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState as OptunaState

from ppo_desktop.study.place import UnreadableStudy
from ppo_desktop.study.storage import OpenStudy, open_study
from ppo_desktop.study.storage.stored_trials import MOST_DEATHS
from ppo_desktop.study.trials import DIED, TrialState
from tests.studies import begin, closing, do, elsewhere, new_study, silence

WAITING_SECONDS = 30


def states(study: OpenStudy) -> list[TrialState]:
    return [trial.state for trial in study.trials()]


def retries(study: OpenStudy) -> list[int | None]:
    """Return which trials wait to be tried again."""
    return sorted(trial.retry_of or 0 for trial in study.trials() if trial.state is TrialState.WAITING)


def let_one_die(study: OpenStudy) -> int:
    """Let another program begin a trial and be dead, as far as others can see; return its number."""
    with closing(open_study(study.place)) as other:
        number = begin(other).number
    silence(study.place, number)
    return number


# ---- dead


def test_a_program_that_gives_no_sign_of_life_is_given_up() -> None:
    with new_study() as study:
        with elsewhere(study.place) as other:
            assert other.ask("begin") == "0"
            study.retry_stale_trials()
            assert states(study) == [TrialState.RUNNING]
            other.kill()
        study.retry_stale_trials()
        assert states(study) == [TrialState.RUNNING]  # it might still be there
        silence(study.place, 0)
        study.retry_stale_trials()
        dead, waiting = study.trials()
        assert (dead.state, dead.reason) == (TrialState.INTERRUPTED, DIED)
        assert (waiting.state, waiting.retry_of, waiting.values) == (TrialState.WAITING, 0, dead.values)
        assert (waiting.begun, waiting.worker, waiting.reason) == (None, "", "")
        study.retry_stale_trials()
        study.retry_stale_trials()
        assert len(study.trials()) == 2


def test_what_is_put_back_belongs_to_who_takes_it_up() -> None:
    with new_study() as study:
        let_one_die(study)
        study.retry_stale_trials()
        trial = begin(study)
        study.retry_stale_trials()
        assert study.trials()[1].worker == study.worker
        study.end(trial, TrialState.COMPLETE, 1.0)
        assert states(study) == [TrialState.INTERRUPTED, TrialState.COMPLETE]


def test_a_study_whose_program_was_killed_goes_on_at_once_where_it_is_opened() -> None:
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


def test_who_has_a_study_open_as_well_has_no_trials_taken_away() -> None:
    with new_study() as study:
        trial = begin(study)
        with closing(open_study(study.place)):
            assert study.end(trial, TrialState.COMPLETE, 1.0)


def test_a_trial_that_a_program_died_at_before_any_value_was_chosen_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with new_study() as study:
        with closing(open_study(study.place)) as other, monkeypatch.context() as patch:
            ask = optuna.Study.ask
            patch.setattr(optuna.Study, "ask", lambda study: 1 / 0 if ask(study) else None)
            with pytest.raises(ZeroDivisionError):
                other.begin()
        assert states(study) == [TrialState.RUNNING]
        silence(study.place, 0)
        study.retry_stale_trials()
        assert states(study) == [TrialState.INTERRUPTED], "there is nothing to be tried again"


def test_values_at_which_programs_die_are_given_up_in_the_end() -> None:
    with new_study() as study:
        for _ in range(MOST_DEATHS):
            let_one_die(study)
            study.retry_stale_trials()
        last = study.trials()[-1]
        assert last.state is TrialState.FAILED
        assert last.reason == "3 programs ended while at it; not tried again."
        assert states(study)[:-1] == [TrialState.INTERRUPTED] * (MOST_DEATHS - 1)


def test_values_that_an_older_version_has_counted_deaths_at_are_given_up_too() -> None:
    with new_study() as study:
        counted = {"worker": "gone:1", "deaths": MOST_DEATHS - 1}  # and no reason, as that version left it
        study.optuna.add_trial(optuna.create_trial(state=OptunaState.WAITING, user_attrs=counted))
        let_one_die(study)
        study.retry_stale_trials()
        study.retry_stale_trials()
        study.retry_stale_trials()
        assert states(study) == [TrialState.FAILED]


def test_the_last_try_may_come_to_something_or_be_stopped() -> None:
    with new_study() as study:
        for _ in range(MOST_DEATHS - 1):
            let_one_die(study)
            study.retry_stale_trials()
        study.end(begin(study), TrialState.INTERRUPTED, reason="Stopped.")
        stopped, last = study.trials()[-2:]
        assert (stopped.state, stopped.reason) == (TrialState.INTERRUPTED, "Stopped.")
        assert (last.state, last.reason) == (TrialState.WAITING, "")
        study.end(begin(study), TrialState.COMPLETE, 1.0)
        last = study.optuna.get_trials()[-1]
        assert last.state is OptunaState.COMPLETE
        assert "reason" not in last.user_attrs


def test_stopping_a_trial_often_is_no_reason_to_give_it_up() -> None:
    with new_study() as study:
        for _ in range(MOST_DEATHS + 2):
            study.end(begin(study), TrialState.INTERRUPTED, reason="Stopped.")
        assert states(study)[-1] is TrialState.WAITING


def test_what_is_put_back_keeps_its_values_and_nothing_of_how_far_it_came() -> None:
    with new_study() as study:
        trial = begin(study)
        for key in ("completed_rung_0", "grid_id"):
            study._database.storage.set_trial_system_attr(1, key, 3)  # the first in its file
        study._database.storage.set_trial_user_attr(1, "random", value=True)
        study.keep_curve(trial, [(50, 1.0)])
        study.end(trial, TrialState.INTERRUPTED, reason="Stopped.")
        again = study.optuna.get_trials()[1]
        assert again.system_attrs == {"grid_id": 3, "failed_trial": 0, "retry_history": [0]}
        assert again.user_attrs == {"random": True, "worker": study.worker}
        study.end(begin(study), TrialState.INTERRUPTED, reason="Stopped.")
        assert study.optuna.get_trials()[2].system_attrs["retry_history"] == [0, 1]


@pytest.mark.parametrize("dies", [True, False])
def test_values_are_put_back_though_the_program_died_between_giving_up_and_putting_back(
    monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    with new_study() as study:
        if dies:
            let_one_die(study)
        else:
            trial = begin(study)

        def fail(*_: object) -> None:
            raise sqlite3.OperationalError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(optuna.Study, "add_trial", fail)
            with pytest.raises(UnreadableStudy):
                study.retry_stale_trials() if dies else study.end(
                    trial, TrialState.INTERRUPTED, reason="Stopped."
                )
        assert states(study) == [TrialState.INTERRUPTED]
        study.retry_stale_trials()  # somebody else might be about to
        assert states(study) == [TrialState.INTERRUPTED]
        study.retry_stale_trials()
        study.retry_stale_trials()
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


# ---- where the storage refuses what is told of a trial


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies that are opened do not wait for whoever has locked their file."""
    monkeypatch.setattr("ppo_desktop.study.storage.database._BUSY_SECONDS", 0.1)


@contextmanager
def locked(study: OpenStudy) -> Iterator[None]:
    """Let a study's file refuse whatever is written."""
    assert isinstance(study.place.location, Path)
    connection = sqlite3.connect(study.place.location, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def test_a_trial_that_could_not_be_ended_gives_no_sign_of_life_and_is_tried_again(impatient: None) -> None:
    with new_study() as study:
        trial = begin(study)
        with locked(study), pytest.raises(UnreadableStudy):
            study.end(trial, TrialState.COMPLETE, 1.0)
        silence(study.place, 0)
        study.retry_stale_trials()
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


def test_trials_that_are_left_are_tried_again_while_the_study_stays_open() -> None:
    with new_study() as study, closing(open_study(study.place)) as leaving:
        for _ in range(2):
            begin(leaving)
        leaving.stop_heartbeats()
        kept = begin(leaving)
        silence(study.place, 0, 1)
        study.retry_stale_trials()
        assert leaving.end(kept, TrialState.COMPLETE, 1.0)
        assert states(study) == [
            *[TrialState.INTERRUPTED] * 2,
            TrialState.COMPLETE,
            *[TrialState.WAITING] * 2,
        ]


# ---- alive


def test_who_works_gives_signs_of_life_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppo_desktop.study.storage.opened.HEARTBEAT_SECONDS", 0.1)
    with new_study() as study, closing(open_study(study.place)) as other:
        trial = begin(study)
        silence(study.place, 0)
        end = time.monotonic() + WAITING_SECONDS
        while heartbeat(study).startswith("2001"):
            assert time.monotonic() < end
            time.sleep(0.05)
        other.retry_stale_trials()
        assert study.end(trial, TrialState.COMPLETE, 1.0)


def heartbeat(study: OpenStudy) -> str:
    """Return when the only trial gave its last sign of life."""
    assert isinstance(study.place.location, Path)
    connection = sqlite3.connect(study.place.location)
    ((moment,),) = connection.execute("SELECT heartbeat FROM trial_heartbeats")
    connection.close()
    return str(moment)


def test_a_machine_that_has_slept_finds_its_own_trials_alive() -> None:
    with new_study() as study:
        trial = begin(study)
        silence(study.place, 0)
        study.retry_stale_trials()
        assert study.end(trial, TrialState.COMPLETE, 1.0)


def test_a_trial_that_was_given_up_takes_no_value_any_more(tmp_path: Path) -> None:
    with new_study() as study, elsewhere(study.place, tmp_path / "other") as other:
        other.ask("begin")
        study.fail_abandoned([0])  # it only looks as if
        assert other.ask("end") == "False"
        assert states(study) == [TrialState.INTERRUPTED, TrialState.WAITING]


def test_a_program_of_another_kind_that_says_nothing_is_left_alone() -> None:
    with new_study() as study:
        storage = optuna.storages.RDBStorage(f"sqlite:///{study.place.location}")
        foreign = optuna.load_study(study_name=study.place.name, storage=storage)
        trial = foreign.ask()
        study.retry_stale_trials()
        foreign.tell(trial, 1.0, state=OptunaState.COMPLETE)
        storage.engine.dispose()
        assert states(study) == [TrialState.FAILED]  # for its values are not ours


@pytest.mark.filterwarnings("ignore:Argument ``heartbeat_interval``", "ignore:Heartbeat of storage")
def test_our_grace_period_is_that_of_programs_of_another_kind_as_well() -> None:
    with new_study() as study:
        url = f"sqlite:///{study.place.location}"
        patient = optuna.storages.RDBStorage(url, heartbeat_interval=60, grace_period=10**9)
        trial = optuna.load_study(study_name=study.place.name, storage=patient).ask()
        patient.record_heartbeat(1)  # the first in its file
        study.retry_stale_trials()
        assert states(study) == [TrialState.RUNNING]
        silence(study.place, trial.number)
        study.retry_stale_trials()
        patient.engine.dispose()
        assert states(study) == [TrialState.FAILED]  # and not tried again: it is not ours


# ---- several at once


@pytest.mark.slow
def test_of_two_who_tend_at_once_one_puts_a_trial_back() -> None:
    with new_study() as study, elsewhere(study.place) as first, elsewhere(study.place) as second:
        assert first.ask("tend") == second.ask("tend") == "tended"  # they have opened it, which tends it too
        for _ in range(2):
            with elsewhere(study.place) as third:
                begun = sorted(map(int, third.ask("begin 4").split()))
                third.kill()
            silence(study.place, *begun)
            first.tell("tend")
            second.tell("tend")
            assert first.answer() == second.answer() == "tended"
            assert retries(study) == begun


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


@pytest.mark.slow
def test_two_who_begin_at_once_have_trials_of_their_own() -> None:
    with new_study() as study, elsewhere(study.place) as first, elsewhere(study.place) as second:
        first.tell("begin 10")
        second.tell("begin 10")
        begun = [int(number) for said in (first.answer(), second.answer()) for number in said.split()]
        assert sorted(begun) == list(range(20))
