"""The command line, as far as possible as a user meets it: in a process of its own."""

from __future__ import annotations

import math
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ppo_desktop import __version__
from ppo_desktop.cli import run
from ppo_desktop.cli.interruption import ANSWER
from ppo_desktop.ppo.declaration import Declaration
from ppo_desktop.ppo.engines import choice
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.kernels import cache, target
from ppo_desktop.ppo.kernels.target import Target
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from tests.command_line import (
    SMALL,
    complaint,
    desktop,
    desktop_here,
    environments_known_here,
    fails_before_it_begins,
    heavy_imports,
    lines,
    posix_only,
    running,
    variables,
)
from tests.kernels import take_kernels_away

UPDATE_FIELDS = [
    "event",
    "update",
    "steps",
    "mean_return_100",
    "policy_entropy",
    "clip_fraction",
    "gradient_cut_fraction",
    "approx_kl",
    "explained_variance",
    "policy_loss",
    "value_loss",
    "gradient_norm",
    "max_ratio",
    "epochs_run",
]


# ---- help


def test_help_names_the_commands() -> None:
    process = desktop("--help")
    assert (process.returncode, process.stderr) == (0, "")
    for command in ("train", "compare", "tune", "worker", "prepare-engine"):
        assert command in process.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["train", "--help"], ["train", "--seed", "x"], ["--version"]]
)
def test_help_and_complaints_import_nothing_heavy(arguments: list[str]) -> None:
    assert heavy_imports(*arguments) == "[]"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_help_is_there_where_greek_letters_cannot_be_shown(encoding: str) -> None:
    process = desktop("train", "--help", encoding=encoding)
    assert (process.returncode, process.stderr) == (0, "")
    assert "probability ratio out of [1" in " ".join(process.stdout.split())


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"ppo-desktop {__version__}\n"


@pytest.mark.parametrize("declaration", DECLARATIONS.values(), ids=lambda declaration: declaration.name)
def test_every_hyperparameter_has_a_flag(
    declaration: Declaration, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(["train", "--help"])
    assert f"\n  {declaration.flag} " in capsys.readouterr().out


# ---- the user's mistakes


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("dance", "invalid choice: 'dance'"),
        ("train --bogus", "unrecognized arguments: --bogus"),
        ("train --clip 0.1", "unrecognized arguments: --clip 0.1"),
        ("train extra", "unrecognized arguments: extra"),
        ("train --algorithm dqn", "invalid choice: 'dqn'"),
        ("train --engine steam", "invalid choice: 'steam'"),
        ("train --seed", "expected one argument"),
        ("train --seed -1", "-1 is not a whole number from 0 to 2147483647"),
        ("train --seed 1.5", "1.5 is not a whole number"),
        ("train --seed 99999999999", "99999999999 is not a whole number"),
        ("train --evaluate-episodes -3", "-3 is not a whole number"),
        ("train --evaluate-episodes many", "many is not a whole number"),
        ("train --hidden-units 3", "must be a whole number from 4 to 256"),
        ("train --n-envs 1.5", "must be a whole number from 1 to 256"),
        ("train --rollout-length 1,5", "must be a whole number from 1 to 2 048"),
        ("train --total-steps 100,00", "must be a whole number from 10 to 100 000 000"),
        ("train --learning-rate nan", "must be a number from 1.0e-5 to 0.10"),
        ("train --clip-range 5", 'must be a number from 0.01 to 1.00 or "off"'),
        ("train --activation sine", "must be tanh or relu"),
        ("train --anneal maybe", "must be on or off"),
        ("train --total-steps 7", "must be a whole number from 10 to 100 000 000"),
        ("train --anneal --total-steps off", "Annealing needs an end"),
        ("train --n-envs 1 --n-minibatches 64", "64 minibatches cannot be cut from 32 samples"),
    ],
)
def test_a_mistake_is_answered_with_status_2_and_one_line(
    arguments: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: Any = run(arguments.split())
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert said.err.startswith("ppo-desktop")
    assert reason in said.err


@pytest.mark.parametrize(
    ("flag", "value", "reason"),
    [
        ("--clip-range", "", 'must be a number from 0.01 to 1.00 or "off"'),
        ("--seed", "", "is not a whole number from 0 to 2147483647"),
        ("--seed", "1\n2", "1 2 is not a whole number from 0 to 2147483647"),
        ("--seed", "1" * 5000, "… is not a whole number from 0 to 2147483647"),
        ("--rollout-length", "1" * 5000, "must be a whole number from 1 to 2 048"),
        ("--clip-range", "wide" * 2000, '… but must be a number from 0.01 to 1.00 or "off"'),
        ("--clip-range", "wi\nde", 'must be a number from 0.01 to 1.00 or "off"'),
        ("--algorithm", "d\nqn", "invalid choice"),
        ("--env", "no\nsuch-v0", '"no such-v0" cannot be made'),
        ("--json", "no\nsuch/file", " cannot be written: "),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_whatever_a_value_is_it_is_refused_in_one_line_that_says_why(
    flag: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: Any = run(["train", "--hidden-units", "8", flag, value])
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert len(said.err) < 400
    assert reason in said.err


@pytest.mark.parametrize(
    "environment_id",
    [
        "",
        "a/b/c",
        "CartPole-v99",
        "no_such_module:Env-v0",
        "gymnasium:NoSuchThing-v0",
        "FrozenLake-v1?slippery=True",
        "Blackjack-v1?natural=maybe",
    ],
)
def test_an_environment_that_cannot_be_trained_on_is_a_mistake(
    environment_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "of_yesterday.jsonl"
    kept.write_text("kept")
    assert run(["train", "--env", environment_id, "--json", str(kept)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert environment_id in said.err
    assert kept.read_text() == "kept", "a mistake does not destroy yesterday's results"


@pytest.mark.parametrize("place", ["no/such/folder/file.jsonl", "."])
def test_a_file_that_cannot_be_written_is_a_mistake(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", "--total-steps", "1000", *SMALL, "--json", place]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"ppo-desktop: {tmp_path / place} cannot be written: ")
    assert said.err.count("\n") == 1


def test_mistakes_in_a_process_of_their_own() -> None:
    process = desktop("train", "--env", "no_such_module:Env-v0")
    assert (process.returncode, process.stdout) == (2, "")
    assert complaint(process).startswith('ppo-desktop: "no_such_module:Env-v0" cannot be made: ')


# ---- training


def test_a_run_tells_the_fields_that_scripts_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*SMALL, "--total-steps", "2000", "--evaluate-episodes", "3", "--json", "-"]
    assert run(["train", *arguments]) == 0
    told = lines(capsys.readouterr().out)
    by_event = {line["event"]: line for line in told}
    assert list(by_event["episode"]) == ["event", "steps", "return", "length"]
    assert set(UPDATE_FIELDS) <= by_event["update"].keys()
    assert [*by_event["update"]][4:] == [*UPDATE_QUANTITIES]
    assert list(by_event["evaluation"]) == ["event", "mean", "std", "returns"]
    finished = ["event", "reason", "steps", "steps_per_second", "parameters_sha256", "engine"]
    assert list(by_event["finished"]) == finished
    assert by_event["finished"]["engine"] == "compiled"
    assert [line["update"] for line in told if line["event"] == "update"] == list(range(1, 33))
    finished = told[-1]
    assert (finished["event"], finished["reason"], finished["steps"]) == ("finished", "completed", 2048)
    assert len(finished["parameters_sha256"]) == 64
    returns = by_event["evaluation"]["returns"]
    assert len(returns) == 3
    assert by_event["evaluation"]["mean"] == pytest.approx(sum(returns) / 3)
    assert by_event["evaluation"]["std"] == pytest.approx(
        math.sqrt(sum((value - sum(returns) / 3) ** 2 for value in returns) / 3)
    )


def test_what_is_not_defined_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    run(["train", "--env", "Pendulum-v1", *SMALL, "--total-steps", "1000", "--json", "-"])
    updates = [line for line in lines(capsys.readouterr().out) if line["event"] == "update"]
    assert updates[0]["mean_return_100"] is None, "no episode has ended yet"
    assert isinstance(updates[-1]["mean_return_100"], float)


def test_the_same_seed_is_the_same_run_in_another_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(output: str) -> list[dict[str, Any]]:
        return [{k: v for k, v in line.items() if k != "steps_per_second"} for line in lines(output)]

    arguments = ["train", *SMALL, "--total-steps", "3000", "--json"]
    process = desktop(*arguments, "-", "--seed", "5")
    assert (process.returncode, process.stderr) == (0, "")
    run([*arguments, str(tmp_path / "same.jsonl"), "--seed", "5"])
    run([*arguments, str(tmp_path / "other.jsonl"), "--seed", "6"])
    assert capsys.readouterr().out == ""
    same, other = (told((tmp_path / name).read_text()) for name in ("same.jsonl", "other.jsonl"))
    assert told(process.stdout) == same
    assert same[-1]["parameters_sha256"] != other[-1]["parameters_sha256"]


def settings_used(monkeypatch: pytest.MonkeyPatch) -> list[RunSettings]:
    """Let `train` make no run; return the settings that it would have had."""
    used: list[RunSettings] = []
    monkeypatch.setattr("ppo_desktop.cli.train.train", lambda make, _options: used.append(make.args[0]))
    return used


def test_without_hyperparameters_the_environments_preset_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used = settings_used(monkeypatch)
    run(["train", "--env", "Acrobot-v1", "--clip-range", "0.3", "--anneal", "--total-steps", "5000"])
    (settings,) = used
    preset = presets_for("Acrobot-v1")[0].hyperparameters
    assert settings.hyperparameters == preset.changed(
        {"clip_range": 0.3, "anneal": True, "total_steps": 5000}
    )
    assert (settings.environment_id, settings.algorithm.value, settings.seed) == ("Acrobot-v1", "ppo", 1)


@pytest.mark.parametrize("written", ["250000", "250,000", "250 000", "2.5e5"])
def test_thousands_may_be_set_apart(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used = settings_used(monkeypatch)
    run(["train", "--total-steps", written])
    assert used[0].hyperparameters.total_steps == 250_000


def test_a_run_has_an_end_even_if_its_preset_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    used = settings_used(monkeypatch)
    run(["train"])
    assert used[0].hyperparameters.total_steps == 100_000


# ---- failures and interruptions


def test_an_environment_that_fails_in_step_300_ends_the_run_with_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with environments_known_here():
        process = desktop_here(
            capsys,
            "train",
            *("--env", "failing_environments:FailsInStep300-v0", "--n-envs", "1", "--total-steps", "1000"),
            *("--evaluate-episodes", "3", "--json", "-"),
        )
    assert process.returncode == 1
    told = lines(process.stdout)
    assert (told[-1]["event"], told[-1]["reason"], told[-1]["steps"]) == ("finished", "failed", 299)
    assert not [line for line in told if line["event"] == "evaluation"]
    assert complaint(process).endswith("RuntimeError: motor burnt out")


@fails_before_it_begins
def test_an_environment_that_fails_before_the_run_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], name: str, status: int, reason: str
) -> None:
    with environments_known_here():
        process = desktop_here(capsys, "train", "--env", f"failing_environments:{name}", "--json", "-")
    assert process.returncode == status
    ends = [(line["event"], line["reason"]) for line in lines(process.stdout)]
    assert ends == ([("finished", "failed")] if status == 1 else [])
    assert complaint(process).endswith(reason)


@posix_only
@pytest.mark.parametrize("evaluating", [False, True], ids=["while training", "while evaluating"])
def test_one_ctrl_c_ends_with_the_last_line_even_where_no_episode_ever_ends(
    environments: str, evaluating: bool
) -> None:
    steps = ["--total-steps", "1000"] if evaluating else ["--total-steps", "off"]
    arguments = ["--env", "failing_environments:Endless-v0", *SMALL, *steps, "--evaluate-episodes", "1"]
    begun_to_evaluate = Path(environments, "evaluating")
    with running("train", *arguments, "--json", "-", modules=environments) as process:
        assert process.stdout is not None
        seen = ""
        while '"update": 15' not in seen:
            seen = process.stdout.readline()
        while evaluating and not begun_to_evaluate.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=60)
    last = lines(rest)[-1]
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")
    assert (last["event"], last["reason"]) == ("finished", "interrupted")
    assert last["steps"] >= 15 * 64
    assert len(last["parameters_sha256"]) == 64


@posix_only
@pytest.mark.parametrize("just_imported", ["ppo_desktop.comparison", "numpy", "ppo_desktop.cli.flags"])
def test_ctrl_c_before_the_run_is_no_traceback(just_imported: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with running("train", "--total-steps", "off", "--json", "-") as process:
        assert process.stderr is not None
        while not process.stderr.readline().rstrip().endswith(f" {just_imported}"):
            pass
        while True:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):  # a signal amid an import may get lost in Python itself
                output, complaints = process.communicate(timeout=20)
                break
    assert "Traceback" not in complaints
    assert process.returncode in (0, 130)
    assert process.returncode == 130 or lines(output)[-1]["reason"] == "interrupted"


def test_a_reader_that_has_seen_enough_ends_the_run_quietly() -> None:
    with running("train", *SMALL, "--total-steps", "off", "--json", "-") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@posix_only
def test_a_closed_output_is_no_trouble() -> None:
    command = [sys.executable, "-m", "ppo_desktop", "train", *SMALL, "--total-steps", "100"]
    process = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        capture_output=True,
        text=True,
        env=variables(),
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize("json_file", [[], ["--json", "-"]], ids=["by itself", "as asked for"])
def test_a_full_disk_is_told_in_one_line(json_file: list[str]) -> None:
    command = [sys.executable, "-m", "ppo_desktop", "train", *SMALL, "--total-steps", "100", *json_file]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=variables(), check=False
        )
    assert process.returncode == 2
    assert complaint(process) == "ppo-desktop: The output cannot be written: No space left on device."


def test_a_person_at_a_terminal_sees_a_bar_and_no_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # no thread that watches the bar
    run(["train", *SMALL, "--total-steps", "1000", "--evaluate-episodes", "2"])
    said = capsys.readouterr()
    assert "{" not in said.out
    assert "over 2 episodes" in said.out
    assert re.search(r"^completed after 1 024 steps, \d[\d ]* steps a second$", said.out, re.MULTILINE)
    assert "CartPole-v1: 100%" in said.err


# ---- one thread for matrix products

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@pytest.mark.parametrize("own", [{}, {"OPENBLAS_NUM_THREADS": "3"}], ids=["by itself", "as the user says"])
def test_numpy_gets_one_thread_unless_the_user_has_said_otherwise(own: dict[str, str]) -> None:
    script = f"import os, sys, ppo_desktop; print('numpy' in sys.modules, *map(os.environ.get, {THREADS}))"
    environ = {name: value for name, value in variables().items() if name not in THREADS} | own
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=True
    )
    assert process.stdout.split() == ["False", own.get("OPENBLAS_NUM_THREADS", "1"), "1", "1"]


# ---- engines


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_both_engines_tell_the_same_of_the_first_update(
    environment_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for engine in ("compiled", "pytorch"):
        arguments = ["--env", environment_id, "--engine", engine, "--total-steps=64", *SMALL]
        assert run(["train", *arguments, "--json", "-"]) == 0
        update = next(one for one in lines(capsys.readouterr().out) if one.pop("event") == "update")
        told.append({name: math.nan if value is None else value for name, value in update.items()})
    assert told[0] == pytest.approx(told[1], rel=1e-3, abs=1e-5, nan_ok=True)
    assert told[0]["policy_loss"] != told[1]["policy_loss"], "the same engine twice"


@pytest.mark.parametrize(
    "environment_id", ["FrozenLake-v1?is_slippery=False", "CliffWalking-v1", "Taxi-v3", "Blackjack-v1"]
)
def test_an_environment_of_discrete_observations_trains(
    environment_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "--env", environment_id, "--total-steps=64", *SMALL, "--json", "-"]) == 0
    told = capsys.readouterr()
    assert lines(told.out)[-1]["steps"] == 64
    assert told.err == ""


def test_an_environment_that_is_not_built_in_is_left_to_the_pytorch_engine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["train", "--env", "CartPole-v0", "--total-steps=64", *SMALL, "--json", "-"]
    assert run(arguments) == 0
    assert capsys.readouterr().err == ""
    assert run([*arguments, "--engine", "compiled"]) == 0
    assert capsys.readouterr().err == (
        "ppo-desktop: The fast engine does not know CartPole-v0; the PyTorch engine serves.\n"
    )


def test_a_setting_that_no_kernel_knows_is_left_to_the_pytorch_engine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = replace(DECLARATIONS["hidden_layers"], pytorch_only=True, before=2)
    monkeypatch.setitem(DECLARATIONS, "hidden_layers", declared)
    arguments = ["train", "--total-steps=64", *SMALL, "--hidden-layers=1", "--engine=compiled", "--json", "-"]
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert lines(told.out)[-1]["engine"] == "pytorch"
    assert (
        told.err == "ppo-desktop: The fast engine does not know all that is set; the PyTorch engine serves.\n"
    )


def test_where_the_fast_engine_cannot_be_prepared_the_other_serves(own_home: Path) -> None:
    take_kernels_away(own_home).write_text("a file")
    process = desktop("train", "--total-steps=64", *SMALL, "--json", "-")
    assert process.returncode == 0
    assert lines(process.stdout)[-1]["reason"] == "completed"
    assert "cannot be prepared" in process.stderr
    assert "Traceback" not in process.stderr
    assert desktop("prepare-engine").returncode == 1


def test_a_numba_that_may_not_compile_is_not_called_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    prepared = desktop("prepare-engine", "--json", "-")
    assert prepared.returncode == 1
    (failed,) = lines(prepared.stdout)
    assert failed["event"] == "failed"
    assert "NUMBA_DISABLE_JIT" in failed["problem"]
    assert failed["problem"] in complaint(prepared)
    trained = desktop("train", "--total-steps=64", *SMALL, "--json", "-")
    assert lines(trained.stdout)[-1]["engine"] == "pytorch"


def test_kernels_of_an_installation_are_prepared_once_for_each_kind_of_processor_that_is_known(
    prepared_kernels: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cache, "_INSTALLED", prepared_kernels)
    monkeypatch.setattr(target, "possible_targets", lambda: (cache.target(), Target("old"), Target("older")))
    tell = "import os, sys; print(os.environ['NUMBA_CPU_NAME'], *sys.argv[1:], flush=True)"
    monkeypatch.setattr(choice, "own_command", lambda *given: [sys.executable, "-c", tell, *given[1:]])
    assert run(["prepare-engine", "--in-installation"]) == 0
    told = capfd.readouterr()
    assert told.out.split() == ["old", "--in-installation", "older", "--in-installation"]
    assert told.err == ""


def test_an_installation_in_which_nothing_can_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = f"""
import sys
from pathlib import Path
from ppo_desktop.cli import run
from ppo_desktop.ppo.kernels import cache
cache._INSTALLED = Path({str(tmp_path / "file" / "kernels")!r})
sys.exit(run(["prepare-engine", "--in-installation", "--json", "-"]))
"""
    prepared = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables())
    assert prepared.returncode == 1
    assert str(tmp_path / "file") in complaint(prepared)


def test_preparing_what_is_prepared_takes_no_time_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prepare-engine"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["prepare-engine", "--json", "-"]) == 0
    assert lines(capsys.readouterr().out) == [{"event": "prepared", "done": 1, "of": 1}]
    assert run(["prepare-engine", "--json", "file"]) == 2
