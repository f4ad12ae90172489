"""Studies are made, opened again and worked at; what is none is told in one line."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from sqlalchemy.exc import PendingRollbackError

from ppo_desktop.study import sqlite_file
from ppo_desktop.study.attributes import CHECK, STRATEGY
from ppo_desktop.study.attributes import PLAN as PLAN_ATTRIBUTE
from ppo_desktop.study.check import CheckedCandidate, check_result, preset_candidate
from ppo_desktop.study.place import Place, StudyExists, StudyInUse, UnreadableStudy
from ppo_desktop.study.storage import OpenStudy, create_study, open_study
from ppo_desktop.study.storage import opened as opened_module
from ppo_desktop.study.storage.problems import translate_storage_errors
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trials import TrialState
from tests.studies import PLAN, begin, closing, do, new_place, new_study


@pytest.fixture
def place() -> Place:
    """A study with one trial, closed."""
    with new_study() as study:
        do(study, 12.5, [10.0, 15.0])
        return study.place


def execute(place: Place, statement: str, *values: Any) -> None:
    """Change a study's file by other means."""
    assert isinstance(place.location, Path)
    with sqlite_file.writing(place.location) as connection:
        connection.execute(statement, values)


def refusal(place: Place) -> str:
    """Return why a study cannot be opened; what is there must stay as it is."""
    path = place.location
    assert isinstance(path, Path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UnreadableStudy) as raised:
        open_study(place)
    assert before is None or path.read_bytes() == before
    message = str(raised.value)
    assert "\n" not in message
    return message


# ---- what is kept


def test_a_study_is_opened_as_it_was_made(place: Place) -> None:
    with closing(open_study(place)) as study:
        assert study.place == place
        assert study.plan == PLAN
        assert study.strategy == Strategy("random")
        (trial,) = study.trials()
        assert (trial.state, trial.objective) == (TrialState.COMPLETE, 12.5)
        assert trial.seed_objectives == (10.0, 15.0)
        assert set(trial.values) == set(PLAN.fields)


def test_values_come_back_in_their_own_types(place: Place) -> None:
    with closing(open_study(place)) as study:
        (trial,) = study.trials()
    assert type(trial.values["clip_range"]) is float
    assert type(trial.values["rollout_length"]) is int
    assert trial.values["gamma"] in PLAN.dimension("gamma").choices
    assert type(trial.values["anneal"]) is bool


def test_a_trial_says_who_was_at_it_and_when(place: Place) -> None:
    with closing(open_study(place)) as study:
        (trial,) = study.trials()
        assert trial.worker == study.worker
        assert trial.worker.endswith(f":{os.getpid()}")
        assert trial.begun is not None
        assert trial.ended is not None
        assert trial.begun <= trial.ended


def test_the_only_study_of_a_file_needs_no_name(place: Place) -> None:
    with closing(open_study(Place(place.location))) as study:
        assert study.place == place


def test_another_strategy_is_kept(place: Place) -> None:
    with closing(open_study(place)) as study:
        study.set_strategy(Strategy("tpe", "median", 3))
        assert study.strategy == Strategy("tpe", "median", 3)
    with closing(open_study(place)) as study:
        assert study.strategy == Strategy("tpe", "median", 3)


def put(place: Place, attribute: str, values: object) -> None:
    """Keep something in an attribute of a study, as another version might."""
    execute(place, "DELETE FROM study_user_attributes WHERE key = ?", attribute)
    execute(
        place,
        "INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (1, ?, ?)",
        attribute,
        json.dumps(values),
    )


def kept_in(study: OpenStudy, attribute: str) -> Any:
    return study.optuna.user_attrs[attribute]


def test_a_strategy_of_another_version_costs_no_study_and_stays_until_it_is_changed(place: Place) -> None:
    kept = {"version": 1, "sampler": "oracle", "pruner": "median", "seed": 7, "restarts": 3}
    put(place, STRATEGY, kept)
    with closing(open_study(place)) as study:
        assert study.strategy == Strategy("tpe", "median", 7)
        study.set_strategy(study.strategy)
        assert kept_in(study, STRATEGY) == kept
        study.set_strategy(Strategy("tpe", "none", 7))
        assert kept_in(study, STRATEGY) == kept | {"pruner": "none"}


def test_what_a_newer_version_has_written_of_strategy_and_check_is_not_replaced(place: Place) -> None:
    newer = {"version": 99, "anything": "else"}
    put(place, STRATEGY, newer)
    put(place, CHECK, newer)
    with closing(open_study(place)) as study:
        study.set_strategy(Strategy())  # so it is understood
        with pytest.raises(UnreadableStudy, match="newer version"):
            study.set_strategy(Strategy("random"))
        assert study.strategy == Strategy()
        assert study.check() is None
        with pytest.raises(UnreadableStudy, match="newer version"):
            study.keep_check(check_result(PLAN, [CheckedCandidate(preset_candidate(PLAN))], 3))
        assert kept_in(study, STRATEGY) == kept_in(study, CHECK) == newer
        assert study.unknown.names == ["strategy of a newer version", "check of a newer version"]


def test_optuna_opens_what_we_have_made(place: Place) -> None:
    storage = optuna.storages.RDBStorage(f"sqlite:///{place.location}")
    study = optuna.load_study(study_name=place.name, storage=storage)
    assert study.best_value == 12.5
    assert study.user_attrs[PLAN_ATTRIBUTE]["environment_id"] == "CartPole-v1"
    storage.engine.dispose()


ODD = "100 % {sure} #1" if sys.platform == "win32" else "100 % {sure} #1?"
"""Windows takes no question mark."""


@pytest.mark.parametrize("name", ["with space", ODD, "ε = 0.2", "o'clock"])
def test_any_name_will_do(name: str) -> None:
    place = new_place(name)
    with new_study(place) as study:
        do(study)
    with closing(open_study(place)) as study:
        assert study.place.name == name
        assert len(study.trials()) == 1
    assert isinstance(place.location, Path)
    assert [path.name for path in place.location.parent.iterdir() if path.is_file()] == [f"{name}.db"]


def test_nothing_is_left_beside_a_study_that_is_closed(place: Place) -> None:
    assert isinstance(place.location, Path)
    assert [path.name for path in place.location.parent.iterdir()] == ["Small.db"]


def test_optuna_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with new_study() as study:
        do(study)
    assert capfd.readouterr() == ("", "")


# ---- names that are taken


def test_a_name_that_exists_is_refused(place: Place) -> None:
    assert isinstance(place.location, Path)
    before = place.location.read_bytes()
    with pytest.raises(StudyExists, match=r"Small\.db is there already; choose another name\."):
        create_study(place, PLAN, Strategy())
    assert place.location.read_bytes() == before


def test_what_is_no_study_is_not_written_over() -> None:
    place = new_place()
    assert isinstance(place.location, Path)
    place.location.parent.mkdir(parents=True)
    place.location.write_bytes(b"a letter")
    with pytest.raises(StudyExists):
        create_study(place, PLAN, Strategy())
    assert place.location.read_bytes() == b"a letter"
    assert [path.name for path in place.location.parent.iterdir() if path.is_file()] == ["Small.db"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UnreadableStudy, match="A study needs a name"):
        create_study(Place(new_place().location, name), PLAN, Strategy())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableStudy) as raised:
        create_study(Place(tmp_path / "file" / "Small.db", "Small"), PLAN, Strategy())
    assert "\n" not in str(raised.value)


# ---- what is no study


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(Place(tmp_path / "x.db")) == f"There is no study at {tmp_path / 'x.db'}."
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    "content", [b"", b"a letter", b"SQLite format 3\0" + bytes(range(256)) * 16], ids=["empty", "text", "cut"]
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    assert refusal(Place(tmp_path / "x.db")) == "x.db is not a study."


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert refusal(Place(tmp_path)) == f"{tmp_path.name} is a folder, not a study."


def test_a_database_of_something_else_is_told(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE studies (subject TEXT)")
    connection.close()
    assert refusal(Place(tmp_path / "x.db")) == "x.db is not a study."


def test_a_file_without_any_study_is_told(place: Place) -> None:
    execute(place, "DELETE FROM studies")
    assert refusal(place) == "Small.db holds no study."


def test_a_damaged_file_is_told(place: Place) -> None:
    assert isinstance(place.location, Path)
    with place.location.open("r+b") as file:  # all pages but the first
        file.seek(4096)
        file.write(b"\xff" * (place.location.stat().st_size - 4096))
    assert refusal(place) == "Small.db is damaged and cannot be read."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(place: Place) -> None:
    assert isinstance(place.location, Path)
    place.location.chmod(0)
    assert refusal(place) == "Small.db cannot be read: you have no permission to."


@pytest.mark.parametrize("version", ["v2.6.0.a", "v99.0.0.a"])
def test_a_study_of_another_version_of_optuna_is_told(place: Place, version: str) -> None:
    execute(place, "UPDATE alembic_version SET version_num = ?", version)
    assert refusal(place).startswith("Small.db was made with another version of Optuna")


def test_a_study_of_somebody_else_is_told(place: Place) -> None:
    execute(place, "DELETE FROM study_user_attributes WHERE key = ?", PLAN_ATTRIBUTE)
    assert refusal(place).startswith('"Small" was not made by PPO Desktop')


def test_a_study_that_minimises_is_told(place: Place) -> None:
    execute(place, "UPDATE study_directions SET direction = 'MINIMIZE'")
    assert refusal(place) == '"Small" cannot be used: it does not maximise one number.'


def test_a_name_that_is_not_there_is_told_with_those_that_are(place: Place) -> None:
    assert refusal(Place(place.location, "Large")) == 'Small.db has no study "Large"; it has: Small.'


def test_of_several_studies_one_has_to_be_named(place: Place) -> None:
    execute(place, "INSERT INTO studies (study_name) VALUES ('Other')")
    assert refusal(Place(place.location)) == "Small.db has 2 studies; say which: Small, Other."
    with closing(open_study(place)) as study:
        assert len(study.trials()) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 2}, "it was written by a newer version of PPO Desktop"),
        (
            {"environment_id": "antigravity:Moon-v0"},
            "its environment antigravity:Moon-v0 would run the module",
        ),
        ({"space": []}, "There is nothing to search"),
        ({"space": 3}, "what it searches is not understood."),
        ({"n_seeds": "3"}, "what it searches is not understood: '3'."),
        ({"space": [{}]}, "what it searches is not complete."),
        ({"algorithm": "trpo"}, "its algorithm is trpo, which this version of PPO Desktop does not know."),
        ({"objective": "regret"}, "its objective is regret, which this version of PPO Desktop does not"),
        ({"base": {}}, "it lacks hyperparameters"),
        ({"total_steps": 10}, "Steps is 10"),
    ],
)
def test_a_plan_that_makes_no_sense_is_told(place: Place, changes: dict[str, Any], why: str) -> None:
    with closing(open_study(place)) as study:
        values = study.optuna.user_attrs[PLAN_ATTRIBUTE] | changes
    execute(
        place,
        "UPDATE study_user_attributes SET value_json = ? WHERE key = ?",
        json.dumps(values),
        PLAN_ATTRIBUTE,
    )
    assert refusal(place).startswith(f'"Small" cannot be used: {why}')


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trials SET state = 'DREAMING'",
        "UPDATE trial_params SET distribution_json = 'nonsense'",
        "UPDATE trial_user_attributes SET value_json = '{'",
        "UPDATE study_user_attributes SET value_json = '{'",
        "DROP TABLE trial_values",
    ],
)
def test_what_optuna_itself_cannot_read_is_told(place: Place, statement: str) -> None:
    execute(place, statement)
    with pytest.raises(UnreadableStudy) as raised:
        open_study(place)
    assert "\n" not in str(raised.value)


# ---- locked


@pytest.fixture
def locked(place: Place) -> Iterator[Place]:
    """A study whose file another program writes, and does not come to an end."""
    assert isinstance(place.location, Path)
    connection = sqlite3.connect(place.location, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield place
    connection.close()


def test_a_locked_file_is_told(locked: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_SECONDS", 0.1)
    with pytest.raises(StudyInUse, match=r"Small\.db is in use, here or in another program; close it there"):
        open_study(locked)


def test_a_file_that_is_locked_while_a_study_is_open_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.study.storage.database._BUSY_SECONDS", 0.1)
    with closing(open_study(place)) as study:
        assert isinstance(place.location, Path)
        connection = sqlite3.connect(place.location, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StudyInUse, match=r"Small\.db is in use"):
            study.set_strategy(Strategy("tpe"))
        assert len(study.trials()) == 1  # reading goes on
        connection.close()
        study.set_strategy(Strategy("tpe"))


# ---- trials


def test_a_trial_is_followed_to_its_end() -> None:
    with new_study() as study:
        trial = begin(study)
        assert study.report(trial, 50, 10.0)
        assert study.trials()[0].curve == ((50, 10.0),)
        assert study.keep_curve(trial, [(50, 10.0), (100, 15.0)])
        assert study.report(trial, 150, 20.0)
        (seen,) = study.trials()
        assert seen.state is TrialState.RUNNING
        assert seen.curve == ((50, 10.0), (100, 15.0), (150, 20.0))
        assert seen.ended is None
        assert study.end(trial, TrialState.PRUNED)
        (seen,) = study.trials()
        assert (seen.state, seen.objective) == (TrialState.PRUNED, 20.0)


def test_a_failed_trial_says_why() -> None:
    with new_study() as study:
        study.end(begin(study), TrialState.FAILED, reason="Its numbers blew up.")
        (seen,) = study.trials()
        assert (seen.state, seen.reason) == (TrialState.FAILED, "Its numbers blew up.")


def test_a_trial_that_was_stopped_is_tried_again_with_the_same_values() -> None:
    with new_study() as study:
        study.end(begin(study), TrialState.INTERRUPTED, reason="Stopped.")
        stopped, waiting = study.trials()
        assert (stopped.state, stopped.reason) == (TrialState.INTERRUPTED, "Stopped.")
        assert (waiting.state, waiting.retry_of, waiting.values) == (TrialState.WAITING, 0, stopped.values)
        assert (waiting.begun, waiting.worker, waiting.reason) == (None, "", "")
        again = begin(study)
        assert again.number == 1
        study.end(again, TrialState.COMPLETE, 3.0)
        assert [trial.state for trial in study.trials()] == [TrialState.INTERRUPTED, TrialState.COMPLETE]
        assert study.trials()[1].values == stopped.values


def test_a_trial_that_somebody_else_has_ended_takes_nothing_more() -> None:
    with new_study() as study:
        trial = begin(study)
        study.optuna.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        assert not study.report(trial, 50, 1.0)
        assert not study.keep_curve(trial, [(50, 1.0)])
        assert not study.end(trial, TrialState.COMPLETE, 1.0, [1.0])
        assert not study.end(trial, TrialState.PRUNED)
        (seen,) = study.trials()
        assert (seen.state, seen.objective) == (TrialState.INTERRUPTED, None)  # nobody says why


def test_trials_that_have_ended_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    with new_study() as study:
        read_trial = opened_module.read_trial
        monkeypatch.setattr(
            opened_module, "read_trial", lambda t, plan: read.append(t.number) or read_trial(t, plan)
        )
        for _ in range(3):
            do(study)
        running = begin(study)
        assert len(study.trials()) == 4
        read.clear()
        study.report(running, 50, 1.0)
        assert study.trials()[3].curve == ((50, 1.0),)
        assert read == [3]


def test_several_threads_may_look_at_once() -> None:
    with new_study() as study:
        do(study)
        seen: list[int] = []
        threads = [
            threading.Thread(target=lambda: seen.extend(len(study.trials()) for _ in range(5)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [1] * 20


def test_a_study_may_be_open_twice(place: Place) -> None:
    with closing(open_study(place)) as first, closing(open_study(place)) as second:
        trial = begin(first)
        assert [seen.state for seen in second.trials()] == [TrialState.COMPLETE, TrialState.RUNNING]
        second.retry_stale_trials()
        first.end(trial, TrialState.COMPLETE, 1.0)
        do(second)
        assert [seen.number for seen in first.trials()] == [0, 1, 2]


def test_a_connection_that_was_lost_is_told_as_such_by_what_comes_after_it() -> None:
    place = Place("postgresql://tuner@host/studies", "lesson")
    lost = "host/studies does not answer: the connection was lost"
    with pytest.raises(UnreadableStudy, match=lost), translate_storage_errors(place):
        raise PendingRollbackError("Can't reconnect until invalid transaction is rolled back.")
