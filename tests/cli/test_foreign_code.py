"""What environments do to the process they are in, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import gymnasium
import pytest

from ppo_desktop.cli.interruption import ANSWER
from ppo_desktop.ending import INTERRUPTED
from ppo_desktop.ppo import evaluation
from tests.command_line import SMALL, complaint, desktop, desktop_here, lines, posix_only, running, variables

MODULE = '''
import ctypes, os, signal, sys, threading, time
from pathlib import Path

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete

HERE = Path(__file__).parent
IMPORT


class Foreign(gymnasium.Env):
    """Does something in one of its methods; in a step, only in the 50th of all environments together."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    steps = made = 0

    def __init__(self, do=None, where="step", render_mode=None):
        self.do, self.where = do, where
        Foreign.made += 1
        self.act("init")

    def act(self, where):
        if where == self.where and self.do:
            exec(compile(self.do, "do", "exec"), globals())

    def reset(self, seed=None, options=None):
        self.time = 0
        self.act("reset")
        return np.zeros(1, np.float32), {}

    def step(self, action):
        Foreign.steps += 1
        self.time += 1
        if Foreign.steps == 50:
            self.act("step")
        return np.zeros(1, np.float32), 1.0, self.time == 10, False, {}

    def close(self):
        self.act("close")


class Circles(Foreign):
    """Only one of its actions ends an episode, and costs."""

    def step(self, action):
        return np.zeros(1, np.float32), (-9.0 if action else 1.0), bool(action), False, {}


gymnasium.register("Foreign-v0", Foreign)
gymnasium.register("Circles-v0", Circles)
'''
TRAIN = ["train", *SMALL, "--total-steps=640", "--json", "-"]
COMPARE = ["compare", "--vary=clip_range=0.1,0.2", "--seeds=1", *SMALL, "--total-steps=1000", "--json", "-"]
TUNE = ["tune", "--study=s", "--vary=clip_range", "--trials=2", "--seeds=1", *SMALL, "--total-steps=1000"]
TUNE += ["--objective=learning-curve", "--json", "-"]
pytestmark = pytest.mark.slow  # each starts a process that loads PyTorch
Here = Callable[..., subprocess.CompletedProcess[str]]
BLOCK_IN_C = "ctypes.CDLL(None).poll(None, 0, -1)"


def module(folder: Path, do: str = "", where: str = "step", *, at_import: str = "") -> str:
    """Write a module whose environment does something; return the folder."""
    text = MODULE.replace("IMPORT", at_import).replace("do=None", f"do={do!r}")
    (folder / "foreign.py").write_text(text.replace('where="step"', f"where={where!r}"))
    return str(folder)


def env(name: str = "Foreign") -> Sequence[str]:
    return ["--env", f"foreign:{name}-v0"]


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    """Do in this process what `desktop` does in one of its own, where a status says as much as an exit."""
    known = set(gymnasium.registry)

    def do(*arguments: str, modules: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.syspath_prepend(modules)
        return desktop_here(capsys, *arguments)

    yield do
    sys.modules.pop("foreign", None)
    for environment_id in set(gymnasium.registry) - known:
        del gymnasium.registry[environment_id]


# ---- ending the program


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("sys.exit('game\\nclosed')", "SystemExit: game closed"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_an_environment_that_ends_the_program_is_a_failed_run(tmp_path: Path, do: str, said: str) -> None:
    process = desktop(*TRAIN, *env(), "--evaluate-episodes=1", modules=module(tmp_path, do))
    last = lines(process.stdout)[-1]
    assert (last["event"], last["reason"], process.returncode) == ("finished", "failed", 1)
    assert complaint(process).endswith(f"failed in step 5 of an episode: {said}")


@pytest.mark.parametrize(
    ("command", "where"),
    [(TRAIN, "init"), (TRAIN, "import"), (TRAIN, "reset"), (COMPARE, "reset"), (TUNE, "import")],
)
def test_one_that_does_so_before_any_run_is_told_in_one_line_and_a_last_event(
    tmp_path: Path, here: Here, command: list[str], where: str
) -> None:
    at_import = "sys.exit(3)" if where == "import" else ""
    process = here(*command, *env(), modules=module(tmp_path, "sys.exit(3)", where, at_import=at_import))
    assert process.returncode == 1
    (last,) = lines(process.stdout)
    assert (last["event"], last["reason"]) == ("finished", "failed")
    assert complaint(process).endswith("SystemExit: 3")


def test_one_that_does_so_in_closing_has_failed_in_the_end(tmp_path: Path, here: Here) -> None:
    process = here(*TRAIN, *env(), modules=module(tmp_path, "sys.exit(5)", "close"))
    last = lines(process.stdout)[-1]
    assert (last["event"], last["reason"], last["steps"]) == ("finished", "failed", 640)
    assert process.returncode == 1
    assert complaint(process).endswith("could not be closed: SystemExit: 5")


@pytest.mark.parametrize("command", [COMPARE, TUNE], ids=["compare", "tune"])
def test_others_go_on_where_one_of_many_ends_the_program(
    tmp_path: Path, here: Here, command: list[str]
) -> None:
    process = here(*command, *env(), modules=module(tmp_path, "sys.exit()"))
    *_, last = lines(process.stdout)
    assert (last["event"], last["reason"]) == ("finished", "completed")
    assert "1 of 2" in complaint(process)
    assert complaint(process).endswith("SystemExit")


def test_a_thread_that_an_environment_leaves_behind_keeps_nobody(tmp_path: Path) -> None:
    begin = "threading.Thread(target=time.sleep, args=(1000,)).start()"
    process = desktop(*TRAIN, *env(), modules=module(tmp_path, begin))
    assert (process.returncode, lines(process.stdout)[-1]["reason"]) == (0, "completed")


# ---- never answering


@posix_only
@pytest.mark.parametrize(
    ("where", "block"), [("step", BLOCK_IN_C), ("import", "time.sleep(1000)"), ("close", "pass")]
)
def test_the_first_ctrl_c_is_answered_at_once_and_the_second_ends_at_once(
    tmp_path: Path, where: str, block: str
) -> None:
    block = f"(HERE / 'blocked').touch()\nwhile True: {block}"
    modules = module(tmp_path, block, where, at_import=block if where == "import" else "")
    with running(*TRAIN, *env(), modules=modules) as process:
        wait_for(tmp_path / "blocked", process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.readline() == f"{ANSWER}\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == INTERRUPTED


@posix_only
@pytest.mark.parametrize("command", [COMPARE, TUNE], ids=["compare", "tune"])
def test_one_ctrl_c_ends_runs_that_are_held(tmp_path: Path, command: list[str]) -> None:
    modules = module(tmp_path, "(HERE / 'blocked').touch()\nwhile True: time.sleep(1000)")
    with running(*command, *env(), modules=modules) as process:
        wait_for(tmp_path / "blocked", process)
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")
    assert lines(output)[-1]["reason"] == "interrupted"


@posix_only
@pytest.mark.parametrize(
    ("where", "steal"),
    [
        ("import", "signal.signal(signal.SIGINT, signal.SIG_IGN)"),
        ("import", "signal.signal(signal.SIGINT, lambda *_: sys.exit(0))"),
        ("step", "signal.signal(signal.SIGINT, signal.SIG_DFL); signal.set_wakeup_fd(-1)"),
    ],
)
def test_ctrl_c_is_ours_whatever_an_environment_has_made_of_it(
    tmp_path: Path, where: str, steal: str
) -> None:
    modules = module(tmp_path, steal, where, at_import=steal if where == "import" else "")
    with running(*TRAIN, "--total-steps=off", *env(), modules=modules) as process:
        assert process.stdout is not None
        seen = ""
        while '"update": 60' not in seen:
            seen = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")
    assert lines(rest)[-1]["reason"] == "interrupted"


def wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    while not file.exists():
        assert process.poll() is None
        time.sleep(0.01)


# ---- printing


@pytest.mark.parametrize("command", [TRAIN, TUNE], ids=["train", "tune"])
def test_what_others_print_goes_to_the_error_stream(tmp_path: Path, command: list[str]) -> None:
    prints = (
        "print('printed')\nos.write(1, b'written\\n')\nsys.__stdout__.write('kept\\n')\n"
        "os.system('echo by a child')"
    )
    expected = {"imported", "printed", "written", "kept", "by a child"}
    if sys.platform != "win32":  # where every C library has an output of its own
        prints += "\nctypes.CDLL(None).puts(b'in C')"
        expected.add("in C")
    modules = module(tmp_path, prints, "reset", at_import="print('imported')")
    process = desktop(*command, *env(), modules=modules)
    assert process.returncode == 0
    assert lines(process.stdout)[-1]["event"] == "finished"
    assert expected <= set(process.stderr.splitlines())


@posix_only
def test_the_standard_output_can_be_named_as_a_file(tmp_path: Path) -> None:
    process = desktop(*TRAIN[:-1], "/dev/stdout", *env(), modules=module(tmp_path))
    assert (process.stderr, lines(process.stdout)[-1]["reason"]) == ("", "completed")


def test_json_does_not_need_the_standard_output_that_others_have_closed(tmp_path: Path) -> None:
    process = desktop(*TRAIN, *env(), modules=module(tmp_path, "os.close(1)\nsys.stdout = None"))
    assert (process.returncode, lines(process.stdout)[-1]["reason"]) == (0, "completed")


@posix_only
def test_what_others_print_stands_in_lines_of_its_own_above_the_bar(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    modules = module(tmp_path, "print('a line')\nos.write(1, b'more\\n')", "reset")
    command = [sys.executable, "-m", "ppo_desktop", "train", *SMALL, "--total-steps=640", *env()]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=variables(modules))
    os.close(theirs)
    shown = bytearray()
    while True:
        try:
            new = os.read(ours, 10_000)
        except OSError:  # how Linux says that it is the end
            break
        if not new:
            break
        shown += new
    os.close(ours)
    assert process.wait(timeout=60) == 0
    rows = shown.decode().replace("\r\n", "\n").split("\n")
    assert {row.rsplit("\r")[-1] for row in rows if "a line" in row} == {"a line"}
    assert "more" in {row.rsplit("\r")[-1] for row in rows}
    assert any("completed after 640 steps" in row for row in rows)


# ---- the working folder


def test_files_are_where_they_were_named_whatever_becomes_of_the_working_folder(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    modules = module(tmp_path, at_import=f"os.chdir({str(there)!r})")
    for arguments in (
        [*TRAIN[:-1], "train.jsonl"],
        [*TUNE[:-1], "tune.jsonl", "--storage", "study.db"],
        ["compare", *COMPARE[1:-1], "compare.jsonl", "--keep"],
    ):
        subprocess.run(
            [sys.executable, "-m", "ppo_desktop", *arguments, *env()],
            cwd=here,
            env=variables(modules) | {"PPO_DESKTOP_HOME": "home"},
            check=True,
            capture_output=True,
        )
    assert not list(there.iterdir())
    assert {"train.jsonl", "tune.jsonl", "compare.jsonl", "study.db", "home"} <= {
        path.name for path in here.iterdir()
    }
    assert json.loads((here / "train.jsonl").read_text().splitlines()[-1])["event"] == "finished"


# ---- an episode that never ends


def test_an_evaluation_whose_episode_never_ends_gives_up_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Here
) -> None:
    monkeypatch.setattr(evaluation, "LONGEST_EPISODE", 3_000)
    learns = ["--total-steps=2000", "--learning-rate=0.01", "--entropy-coef=0", "--evaluate-episodes=2"]
    process = here(*TRAIN, *learns, *env("Circles"), modules=module(tmp_path))
    last = lines(process.stdout)[-1]
    assert (last["event"], last["reason"], process.returncode) == ("finished", "failed", 1)
    assert "no episode has ended within 3 000 steps. " in complaint(process)
