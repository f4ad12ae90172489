"""Studies made by hand: their trials are told what they are worth, nothing learns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, make_url

from ppo_desktop import user_files
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.place import Place, StudyExists, place_of
from ppo_desktop.study.storage import OpenStudy, create_study, open_study
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.comparisons import SMALL

CHECKOUT = Path(__file__).resolve().parents[1]
PLAN = StudyPlan(
    "CartPole-v1",
    Algorithm.PPO,
    SMALL,
    (
        Dimension("clip_range", 0.1, 0.4),
        Dimension("rollout_length", 16, 64),
        Dimension("gamma", 0.9, 0.999),
        Dimension("anneal"),
    ),
    Objective.EVALUATION,
    total_steps=1_000,
    n_seeds=2,
)
"""A range of real numbers, one of whole numbers, tidy numbers and a switch."""
_made: list[bytes] = []
"""The file of a new study."""


def new_place(name: str = "Small") -> Place:
    """Return a place in the folder of studies, where there is nothing yet."""
    return Place(user_files.studies_folder() / f"{name}.db", name)


@contextmanager
def new_study(place: Place | None = None) -> Iterator[OpenStudy]:
    """Make a study that draws at random; it is closed at the end."""
    if place is None:
        place = new_place()
        _put(place)
        study = open_study(place)
    else:
        study = create_study(place, PLAN, Strategy("random"))
    with closing(study):
        yield study


def _put(place: Place) -> None:
    """Put a new study where there is none; only the first is made, which takes a moment."""
    assert isinstance(place.location, Path)
    place.location.parent.mkdir(parents=True, exist_ok=True)
    if not _made:
        create_study(place, PLAN, Strategy("random")).close()
        _made.append(place.location.read_bytes())
    place.location.write_bytes(_made[0])


@contextmanager
def closing(study: OpenStudy) -> Iterator[OpenStudy]:
    """Close a study at the end."""
    try:
        yield study
    finally:
        study.close()


def begin(study: OpenStudy) -> TrialRecord:
    """Begin a trial whose values are chosen."""
    begun = study.begin()
    assert begun is not None
    trial, problem = begun
    assert problem == ""
    return trial


def silence(place: Place, *numbers: int) -> None:
    """Let the last signs of life of trials be long ago."""
    engine = sqlalchemy.create_engine(
        URL.create("sqlite", database=str(place.location))
        if place.is_file
        else make_url(str(place.location)).set(drivername="postgresql+psycopg")
    )
    with engine.begin() as connection:
        for number in numbers:
            connection.exec_driver_sql(
                "UPDATE trial_heartbeats SET heartbeat = '2001-01-01 00:00:00' WHERE trial_id ="
                f" (SELECT trial_id FROM trials WHERE number = {number})"
            )
    engine.dispose()


def do(study: OpenStudy, objective: float = 1.0, seed_objectives: Sequence[float] = ()) -> int:
    """Do a trial that is worth so much; return its number."""
    trial = begin(study)
    assert study.end(trial, TrialState.COMPLETE, objective, seed_objectives)
    return trial.number


class Elsewhere:
    """Another program that works at a study, in a home of its own or in that of the test.

    Args:
        place: Where the study is.
        home: Its home; None for that of the test.
        makes: Whether it makes the study first, when it is told "make"; it opens one that is there already.
    """

    def __init__(self, place: Place, home: Path | None = None, *, makes: bool = False) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'packaging'}"}
        if home is not None:
            environment["PPO_DESKTOP_HOME"] = str(home)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.studies", str(place.location), place.name, *["makes"] * makes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment,
        )

    def tell(self, command: str) -> None:
        """Tell it to do something, without waiting for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Wait for what it answers to a command."""
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        assert answer, "it has ended"
        return answer

    def ask(self, command: str) -> str:
        """Tell it to do something and wait for the answer."""
        self.tell(command)
        return self.answer()

    def kill(self) -> None:
        """End it at once, whatever it is doing; it cannot see to anything any more."""
        self._process.kill()
        self._wait()

    def end(self) -> None:
        """Let it end properly."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._wait()

    def _wait(self) -> None:
        self._process.wait(60)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def elsewhere(place: Place, home: Path | None = None, *, makes: bool = False) -> Iterator[Elsewhere]:
    """Let another program work at a study; it is killed at the end."""
    program = Elsewhere(place, home, makes=makes)
    try:
        yield program
    finally:
        program.kill()


def _work() -> None:
    """Be the other program: do what is said in lines, and answer in lines."""
    place = place_of(*sys.argv[1:3])
    if sys.argv[3:] == ["makes"]:
        _make(place)
    with closing(open_study(place)) as study:
        begun: list[TrialRecord] = []
        for line in sys.stdin:
            match line.split():
                case ["begin"]:  # one, and be at it
                    begun.append(begin(study))
                    answer = str(begun[-1].number)
                case ["end"]:  # the latest
                    answer = str(study.end(begun.pop(), TrialState.COMPLETE, 5.0))
                case ["begin", n]:  # as many as there are to be had
                    begun += [begin(study) for _ in range(int(n))]
                    answer = " ".join(str(trial.number) for trial in begun[-int(n) :])
                case ["tend"]:
                    study.retry_stale_trials()
                    answer = "tended"
                case ["write"]:  # for ever
                    while True:
                        sys.stdout.write(f"{do(study)}\n")
                        sys.stdout.flush()
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()


def _make(place: Place) -> None:
    """Make the study when everybody is ready to; say who did."""
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    try:
        create_study(place, PLAN, Strategy("random")).close()
    except StudyExists:
        print("found", flush=True)  # noqa: T201
    else:
        print("made", flush=True)  # noqa: T201


if __name__ == "__main__":
    _work()
