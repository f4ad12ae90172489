"""A study in a real PostgreSQL database, at which several programs of different homes work."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import optuna
import psycopg
import pytest

from ppo_desktop.study.place import Place, StudyExists, UnreadableStudy
from ppo_desktop.study.storage import create_study, database, open_study
from ppo_desktop.study.storage.database import SILENT_SECONDS
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trials import TrialState
from tests.postgresql import ESCAPED_PASSWORD, PASSWORD, PostgreSQL
from tests.studies import CHECKOUT, PLAN, begin, closing, do, elsewhere, new_study, silence

WAITING_SECONDS = 30


@pytest.fixture
def place(postgresql: PostgreSQL) -> Place:
    """A database with nothing in it."""
    return Place(postgresql.new_database(), "Shared")


def refusal(place: Place) -> str:
    """Return why a study cannot be opened."""
    with pytest.raises(UnreadableStudy) as raised:
        open_study(place)
    message = str(raised.value)
    assert "\n" not in message
    assert PASSWORD not in message
    assert ESCAPED_PASSWORD not in message
    return message


def test_a_study_is_made_worked_at_and_opened_again(place: Place) -> None:
    with new_study(place) as study:
        do(study, 12.5, [10.0, 15.0])
        trial = begin(study)
        study.report(trial, 50, 10.0)
        study.end(trial, TrialState.PRUNED)
        before = study.trials()
    with closing(open_study(Place(place.location))) as study:
        assert study.place == place
        assert (study.plan, study.strategy) == (PLAN, Strategy("random"))
        assert study.trials() == before
        assert [trial.objective for trial in before] == [12.5, 10.0]


def test_a_database_holds_several_studies(place: Place) -> None:
    with new_study(place), new_study(Place(place.location, "Other")):
        pass
    with pytest.raises(StudyExists, match='There is a study "Other" at postgresql://tester@'):
        create_study(Place(place.location, "Other"), PLAN, Strategy())
    assert refusal(Place(place.location)).endswith("has 2 studies; say which: Shared, Other.")
    assert refusal(Place(place.location, "Third")).endswith('has no study "Third"; it has: Shared, Other.')


@pytest.mark.slow
def test_several_programs_have_trials_of_their_own_and_who_dies_is_noticed(
    place: Place, tmp_path: Path
) -> None:
    with (
        new_study(place) as study,
        elsewhere(place, tmp_path / "one") as living,
        elsewhere(place, tmp_path / "two") as dead,
    ):
        for _ in range(4):
            study.optuna.enqueue_trial({})
        living.tell("begin 4")
        dead.tell("begin 4")
        of_living, of_dead = (sorted(map(int, program.answer().split())) for program in (living, dead))
        assert sorted(of_living + of_dead) == list(range(8))
        assert len({trial.worker for trial in study.trials()}) == 2
        dead.kill()
        silence(place, *of_dead)
        living.tell("tend")  # both tend, neither twice
        study.retry_stale_trials()
        assert living.answer() == "tended"
        waiting = [trial for trial in study.trials() if trial.state is TrialState.WAITING]
        assert sorted(trial.retry_of or 0 for trial in waiting) == of_dead
        assert [living.ask("end") for _ in range(4)] == ["True"] * 4


@pytest.mark.slow
def test_of_several_who_make_a_study_in_an_empty_database_at_once_one_does(
    place: Place, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        programs = [
            stack.enter_context(elsewhere(place, tmp_path / str(number), makes=True)) for number in range(3)
        ]
        assert [program.answer() for program in programs] == ["ready"] * 3
        for program in programs:
            program.tell("make")
        assert sorted(program.answer() for program in programs) == ["found", "found", "made"]
        assert sorted(program.ask("begin") for program in programs) == ["0", "1", "2"]


def test_a_study_whose_program_died_at_making_it_is_made_by_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("it was switched off")

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "set_user_attr", fail)  # the second half of it
        with pytest.raises(UnreadableStudy, match="it was switched off"):
            create_study(place, PLAN, Strategy())
    assert "was not made by PPO Desktop" in refusal(place)
    monkeypatch.setattr("ppo_desktop.study.storage._MAKING_SECONDS", 0.1)
    with new_study(place) as study:
        do(study)


# ---- what cannot be reached


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be frozen")
def test_who_wants_to_leave_does_not_wait_for_a_server_that_freezes(
    place: Place, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._ARGUMENTS["psycopg"], "connect_timeout", 2)
    said: list[str] = []

    def look() -> None:
        with pytest.raises(UnreadableStudy) as raised:
            study.trials()
        said.append(str(raised.value))

    with new_study(place) as study:
        begin(study)  # and its heartbeats, which wait as well
        with postgresql.frozen():
            looking = threading.Thread(target=look)
            looking.start()
            end = time.monotonic() + WAITING_SECONDS
            while not study._database.storage.engine.pool.checkedout():  # type: ignore[attr-defined]
                assert time.monotonic() < end
                time.sleep(0.01)
            study.hurry()
            looking.join(SILENT_SECONDS / 2)
            assert not looking.is_alive()
            study.close()
        (message,) = said
        assert " does not answer: " in message
    silence(place, 0)
    with closing(open_study(place)) as study:
        assert [trial.state for trial in study.trials()] == [TrialState.INTERRUPTED, TrialState.WAITING]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be frozen")
def test_a_search_ends_soon_at_ctrl_c_though_the_server_has_frozen(
    place: Place, postgresql: PostgreSQL
) -> None:
    with new_study(place):
        pass
    command = ["worker", "--storage", str(place.location), "--study", place.name, "--workers", "1"]
    program = subprocess.Popen(
        [sys.executable, "-m", "ppo_desktop", *command, "--json", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    try:
        assert program.stdout is not None
        assert '"trial"' in program.stdout.readline()
        with postgresql.frozen():
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=SILENT_SECONDS * 0.8)
    finally:
        program.kill()
        program.communicate()
    assert "does not answer" in said
    assert "Traceback" not in said
    with closing(open_study(place)) as study:
        silence(place, *range(len(study.trials())))
        study.retry_stale_trials()
        assert not [trial for trial in study.trials() if trial.state is TrialState.RUNNING]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be frozen")
def test_a_server_that_freezes_is_given_up_and_taken_up_again(
    place: Place, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._ARGUMENTS["psycopg"], "connect_timeout", 2)
    monkeypatch.setattr(database, "SILENT_SECONDS", 1.0)
    with new_study(place) as study:
        trial = begin(study)
        with postgresql.frozen(), pytest.raises(UnreadableStudy, match=" does not answer: "):
            study.set_strategy(Strategy("tpe"))
        study.set_strategy(Strategy("tpe"))
        assert study.end(trial, TrialState.COMPLETE, 1.0)


def test_a_wrong_password_is_told(postgresql: PostgreSQL, place: Place) -> None:
    message = refusal(Place(postgresql.url("postgres", password="secret"), "Shared"))
    assert 'password authentication failed for user "tester"' in message
    assert "secret" not in message


def test_a_short_password_is_not_given_away_by_what_is_left_out(
    postgresql: PostgreSQL, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    label = f"postgresql://tester@127.0.0.1:{postgresql.port}/postgres"
    message = refusal(Place(postgresql.url("postgres", password="p"), "Shared"))
    assert message == f"{label}: wrong user or password."
    assert [record.getMessage() for record in caplog.records] == [message]


@pytest.mark.parametrize("variable", ["PGPASSWORD", "PGPASSFILE"])
def test_the_password_may_be_left_out_of_the_url(
    place: Place, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(place.location, str)
    kept = tmp_path / "pgpass"
    kept.write_text(f"127.0.0.1:*:*:tester:{PASSWORD.replace(':', chr(92) + ':')}\n")
    kept.chmod(0o600)
    monkeypatch.setenv(variable, PASSWORD if variable == "PGPASSWORD" else str(kept))
    without = Place(place.location.replace(f":{ESCAPED_PASSWORD}@", "@"), "Shared")
    with new_study(without) as study:
        do(study)
        assert len(study.trials()) == 1


def test_a_database_that_is_not_there_is_told(postgresql: PostgreSQL) -> None:
    assert 'database "nowhere" does not exist' in refusal(Place(postgresql.url("nowhere"), "Shared"))


def test_a_database_without_studies_stays_as_it_is(place: Place) -> None:
    assert refusal(place).endswith("holds no studies.")
    assert tables(place) == []


def test_a_database_of_another_program_is_not_used(place: Place) -> None:
    assert isinstance(place.location, str)
    with psycopg.connect(place.location, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
    with pytest.raises(UnreadableStudy, match="is used by another program"):
        create_study(place, PLAN, Strategy())
    assert tables(place) == ["alembic_version"]


def test_a_study_of_another_version_of_optuna_is_told(place: Place) -> None:
    assert isinstance(place.location, str)
    with new_study(place):
        pass
    with psycopg.connect(place.location, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
    assert "was made with another version of Optuna" in refusal(place)


def test_a_database_that_goes_away_is_told(place: Place, postgresql: PostgreSQL) -> None:
    assert isinstance(place.location, str)
    name = place.location.rpartition("/")[2]
    with new_study(place) as study:
        with postgresql.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        with pytest.raises(UnreadableStudy, match=f'database "{name}" does not exist'):
            study.trials()


def tables(place: Place) -> list[str]:
    assert isinstance(place.location, str)
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(place.location) as connection:
        return [name for (name,) in connection.execute(query)]


@contextmanager
def silent_server() -> Iterator[int]:
    """Give the port of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = database._ARGUMENTS["psycopg"]
    assert arguments["connect_timeout"] <= 10
    monkeypatch.setitem(arguments, "connect_timeout", 2)  # the least that the driver takes
    with silent_server() as port:
        message = refusal(Place(f"postgresql://tester:{ESCAPED_PASSWORD}@127.0.0.1:{port}/x", "Shared"))
    assert message.startswith(f"postgresql://tester@127.0.0.1:{port}/x does not answer: ")


def test_a_server_that_is_not_there_is_told() -> None:
    with silent_server() as port:
        pass
    message = refusal(Place(f"postgresql://tester:{ESCAPED_PASSWORD}@127.0.0.1:{port}/x", "Shared"))
    assert message.startswith(f"postgresql://tester@127.0.0.1:{port}/x does not answer: ")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://me:secret@host/x", "needs the Python package MySQLdb"),
        ("postgresql+psycopg2://me:secret@host/x", "needs the Python package psycopg2"),
        ("pigeon://me:secret@host/x", '"pigeon" is not known here'),
        ("postgresql://me:secret@host:a/x", "This is no URL of a database"),
        ("postgresql://me:secret@t@host/x", "why would show the password."),
        (
            "postgresql://me@127.0.0.1:1/x?sslpassword=secret&passwd=secret",
            'invalid connection option "passwd"',
        ),
        ("postgresql:me:secret@host", "This is no URL of a database"),
    ],
)
def test_what_is_no_database_we_know_is_told(url: str, why: str) -> None:
    message = refusal(Place(url, "Shared"))
    assert why in message
    assert "secret" not in message
