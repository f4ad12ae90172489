"""Workers: programs that help with a study, on this machine or on another one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import optuna
import pytest

from ppo_desktop.cli import run
from ppo_desktop.study.place import Place, place_of
from ppo_desktop.study.storage import OpenStudy, create_study, open_study
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trials import TrialState
from tests.command_line import desktop, lines, posix_only, running, variables, write_environments
from tests.kernels import give_kernels, kernels_in
from tests.postgresql import PostgreSQL
from tests.searches import planned
from tests.studies import silence

PATIENCE = 110


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "shared.db", "shared")


def begin(place: Place, total_steps: int = 1000, sampler: str = "random", vary: str = "gae_lambda") -> None:
    """Make a study for workers to do."""
    create_study(place, planned(vary, total_steps=total_steps), Strategy(sampler)).close()


def command(place: Place, *arguments: str) -> list[str]:
    return ["worker", "--storage", str(place.location), "--study", place.name, *arguments]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    try:
        status: Any = run(["worker", *arguments])
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    return said.err


def wait_for(study: OpenStudy, state: TrialState, n: int = 1) -> None:
    """Wait until so many trials of a study are in a state."""
    end = time.monotonic() + PATIENCE
    while sum(trial.state is state for trial in study.trials()) < n:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_help_imports_nothing_heavy_and_says_when_it_ends() -> None:
    script = (
        "import sys\n"
        "from ppo_desktop.cli import run\n"
        "try:\n"
        "    run(['worker', '--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(sorted({'torch', 'numpy', 'optuna', 'sqlalchemy', 'PySide6'} & set(sys.modules)))\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=variables(), check=True
    )
    *said, heavy = process.stdout.splitlines()
    assert heavy == "[]"
    assert "the study is deleted, or Ctrl+C" in " ".join(" ".join(said).split())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: --study, --storage"),
        (["--study=x", "--storage=nowhere.db"], "There is no study at"),
        (["--study=x", "--storage=~nosuchuser/x.db"], "~nosuchuser/x.db: there is no such user"),
        (["--study=x", f"--storage={'x' * 300}.db"], "x… cannot be used: File name too long"),
        (["--study=x", "--storage=postgresql://u:secret@127.0.0.1:1/x"], "postgresql://u@127.0.0.1:1/x"),
        (["--study=x", "--storage=x.db", "--trials=-1"], "-1 is not a whole number"),
        (["--study=x", "--storage=x.db", "--env=no_such_module:X-v0"], "no_such_module"),
    ],
)
def test_a_mistake_is_answered_with_status_2_and_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, *arguments)
    assert reason in said
    assert "secret" not in said


def test_a_study_of_another_name_is_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    begin(place)
    assert "shared" in refused(capsys, "--storage", str(place.location), "--study", "other")


def test_an_environment_that_is_not_the_studys_is_refused(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(place)
    said = refused(capsys, *command(place, "--env=Acrobot-v1")[1:])
    assert "The study was begun with --env CartPole-v1, not Acrobot-v1" in said
    assert run(command(place, "--env=CartPole-v1", "--trials=1")) == 0


def test_a_worker_does_trials_of_a_study_that_is_there(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(place)
    assert run(command(place, "--trials=2", "--json", "-")) == 0
    *trials, finished = lines(capsys.readouterr().out)
    assert [trial["state"] for trial in trials] == ["complete"] * 2
    assert (finished["study"], finished["trials"], finished["reason"]) == ("shared", 2, "completed")
    with closing(open_study(place)) as study:
        assert len(study.trials()) == 2


@pytest.mark.slow
def test_two_workers_share_a_grid_and_end_with_it(place: Place, tmp_path: Path) -> None:
    begin(place, 20_000, "grid", "gae_lambda=0.8:1:4,activation")
    with ExitStack() as stack:
        processes = [stack.enter_context(running(*command(place, "--json", "-"))) for _ in range(2)]
        outputs = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    told = [trial for output, _ in outputs for trial in lines(output)[:-1]]
    combinations = {(trial["params"]["gae_lambda"], trial["params"]["activation"]) for trial in told}
    assert len(combinations) == 8
    assert len({trial["number"] for trial in told}) == len(told)
    assert len({trial["worker"] for trial in told}) == 2


@pytest.mark.slow
def test_a_worker_ends_well_when_the_study_is_deleted(place: Place) -> None:
    begin(place, 2000)
    with running(*command(place, "--json", "-")) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        with closing(open_study(place)) as study:
            optuna.delete_study(study_name=study.place.name, storage=study._database.storage)
        rest, complaints = process.communicate(timeout=PATIENCE)
    *_, finished = lines(first + rest)
    assert finished["reason"] == "deleted"
    assert complaints == ""
    assert process.returncode == 0


@pytest.mark.slow
def test_an_environment_of_a_module_has_to_be_named(tmp_path: Path, place: Place) -> None:
    modules = write_environments(tmp_path)
    environment = ["--env", "failing_environments:OneFails-v0"]
    new = ["--study", place.name, "--storage", str(place.location), "--vary=gae_lambda", "--n-envs=1"]
    size = ["--total-steps=1000", "--seeds=1", "--trials=1", "--objective=learning-curve"]
    assert desktop("tune", *new, *size, *environment, modules=modules).returncode == 0
    without = desktop(*command(place, "--trials=1"), modules=modules)
    assert without.returncode == 2
    assert "would run the module failing_environments" in without.stderr
    assert desktop(*command(place, "--trials=1", *environment), modules=modules).returncode == 0


# ---- other machines


@contextmanager
def on_another_machine(place: Place, home: Path) -> Iterator[subprocess.Popen[str]]:
    """Let a worker with a home of its own help with a study."""
    give_kernels(home, kernels_in(Path(variables()["PPO_DESKTOP_HOME"])).resolve())
    process = subprocess.Popen(
        [sys.executable, "-m", "ppo_desktop", *command(place, "--workers=1", "--json", "-")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables() | {"PPO_DESKTOP_HOME": str(home)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@posix_only
@pytest.mark.slow
def test_of_two_machines_at_a_study_on_postgresql_the_one_that_lives_takes_up_what_the_dead_one_left(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    place = place_of(postgresql.new_database(), "shared")
    begin(place, 30_000)
    with (
        on_another_machine(place, tmp_path / "first") as first,
        on_another_machine(place, tmp_path / "second") as second,
        closing(open_study(place)) as study,
    ):
        wait_for(study, TrialState.COMPLETE, 2)
        assert first.stdout is not None
        assert second.stdout is not None
        told = [lines(process.stdout.readline())[0] for process in (first, second)]
        dead = told[0]["worker"]
        at_death = _kill_at_work(study, first, dead)
        silence(place, at_death)
        wait_for_retry(study, at_death)
        trials = study.trials()
    given_up = trials[at_death]
    assert (given_up.state, given_up.worker) == (TrialState.INTERRUPTED, dead)
    (again,) = [trial for trial in trials if trial.retry_of == at_death]
    assert again.values == given_up.values
    assert again.worker == told[1]["worker"]
    for trial in told:
        assert trials[trial["number"]].objective == trial["value"]


def _kill_at_work(study: OpenStudy, process: subprocess.Popen[str], worker: str) -> int:
    """Kill a worker while a trial of its has values and no end yet; return the trial's number."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        process.send_signal(signal.SIGSTOP)
        running = [t for t in study.trials() if t.worker == worker and t.state is TrialState.RUNNING]
        at_work = [trial for trial in running if trial.values]
        if at_work:
            process.kill()
            process.wait()
            return at_work[0].number
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)
    pytest.fail("it is never at work")


def wait_for_retry(study: OpenStudy, number: int) -> None:
    """Wait until somebody has done again what was left."""
    end = time.monotonic() + PATIENCE
    while not any(t.retry_of == number and t.state is TrialState.COMPLETE for t in study.trials()):
        assert time.monotonic() < end
        time.sleep(0.2)
