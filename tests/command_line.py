"""The command line as a user meets it: in a process of its own, with environments that fail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import gymnasium
import pytest

from ppo_desktop.cli import run

ROOT = Path(__file__).resolve().parents[1]
SMALL = ["--n-envs=2", "--rollout-length=32", "--n-minibatches=2", "--n-epochs=2", "--hidden-units=8"]
ENVIRONMENTS = '''
from pathlib import Path

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete


class Failing(gymnasium.Env):
    """Fails in step `fails_in` of its life, or when `fails_when` asked."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)

    def __init__(self, fails_in=None, fails_when="step", render_mode=None):
        self.fails_in, self.fails_when, self.steps = fails_in, fails_when, 0
        if fails_when == "making":
            raise ValueError("cannot be\\nbuilt")

    def reset(self, seed=None, options=None):
        if self.fails_when == "reset":
            raise RuntimeError("cannot\\nbegin")
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        if self.steps == self.fails_in:
            raise RuntimeError("motor\\nburnt out")
        return np.zeros(1, np.float32), 1.0, self.steps % 10 == 0, False, {}


class Endless(gymnasium.Env):
    """Its episodes never end; the third one made, the one to evaluate in, says when it has begun."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    made = 0

    def __init__(self, render_mode=None):
        Endless.made += 1
        self.says_so = Endless.made == 3

    def reset(self, seed=None, options=None):
        return np.zeros(1, np.float32), {}

    def step(self, action):
        if self.says_so:
            Path(__file__).with_name("evaluating").touch()
            self.says_so = False
        return np.zeros(1, np.float32), 1.0, False, False, {}


class OneFails(Failing):
    """Of those made, the second one to take a step fails soon; of a comparison that is one run."""

    begun = 0

    def step(self, action):
        if self.steps == 0:
            OneFails.begun += 1
            self.fails_in = 200 if OneFails.begun == 2 else None
        return super().step(action)


class Blind(Failing):
    """Sees nothing."""

    observation_space = Box(-1, 1, (0,))


gymnasium.register("FailsInStep300-v0", Failing, kwargs={"fails_in": 300})
gymnasium.register("FailsInMaking-v0", Failing, kwargs={"fails_when": "making"})
gymnasium.register("FailsInReset-v0", Failing, kwargs={"fails_when": "reset"})
gymnasium.register("Endless-v0", Endless)
gymnasium.register("OneFails-v0", OneFails)
gymnasium.register("Blind-v0", Blind)
'''


def write_environments(folder: Path) -> str:
    """Write a module that registers environments which fail, and return its folder."""
    (folder / "failing_environments.py").write_text(ENVIRONMENTS)
    return str(folder)


def variables(modules: str = "", **others: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), modules]))} | others


def desktop(*arguments: str, modules: str = "", encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ppo_desktop", *arguments],
        capture_output=True,
        text=True,
        encoding=encoding,
        env=variables(modules) | {"PYTHONIOENCODING": encoding},
        timeout=100,
        check=False,
    )


@contextmanager
def environments_known_here() -> Iterator[None]:
    """Let this process know the environments that fail: `desktop_here` need not start another."""
    module, known = ModuleType("failing_environments"), set(gymnasium.registry)
    sys.modules[module.__name__] = module
    try:
        exec(ENVIRONMENTS, module.__dict__)
        yield
    finally:
        del sys.modules[module.__name__]
        for environment_id in set(gymnasium.registry) - known:
            del gymnasium.registry[environment_id]


def desktop_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Do in this process what `desktop` does in one of its own, which takes seconds to start."""
    capsys.readouterr()
    status = run(arguments)
    said = capsys.readouterr()
    return subprocess.CompletedProcess(arguments, status, said.out, said.err)


def lines(output: str) -> list[dict[str, Any]]:
    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=no_constant) for line in output.splitlines()]


def complaint(process: subprocess.CompletedProcess[str]) -> str:
    """The one line a process has complained in."""
    (line,) = process.stderr.splitlines()
    return line


@contextmanager
def running(*arguments: str, modules: str = "") -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ppo_desktop", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables(modules),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def heavy_imports(*arguments: str) -> str:
    """Which large libraries a command imports, as a list is printed."""
    heavy = {"torch", "numpy", "scipy", "numba", "gymnasium", "optuna", "sqlalchemy", "PySide6", "pyqtgraph"}
    script = (
        "import sys\n"
        "from ppo_desktop.cli import run\n"
        "try:\n"
        f"    run({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print(sorted({heavy | {'tqdm'}!r} & set(sys.modules)))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=variables(), check=True
    ).stdout.splitlines()[-1]


def flags_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The flags that a command's help lists."""
    with pytest.raises(SystemExit):
        run([command, "--help"])
    return set(re.findall(r"^  (--[\w-]+)", capsys.readouterr().out, re.MULTILINE))


fails_before_it_begins = pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("FailsInMaking-v0", 2, "ValueError: cannot be built"),
        ("FailsInReset-v0", 1, "failed in reset: RuntimeError: cannot begin"),
        ("Blind-v0", 2, "Blind-v0 has observations without a single number in them."),
    ],
)
"""Environments with which nothing begins: the exit status, and how the complaint ends."""
posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and pipes are other things on Windows"
)
