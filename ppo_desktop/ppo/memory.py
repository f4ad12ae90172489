"""How much memory a run takes, said before it is taken: a system that has none left ends the program."""

from __future__ import annotations

import ctypes
import math
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppo_desktop.ppo.actor_critic import layer_sizes
from ppo_desktop.ppo.environments import Spaces, UnsupportedEnvironment
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.perceptron import n_parameters
from ppo_desktop.ppo.rollout import PATH_STEPS

_BYTES = 4
"""Of a number in single precision."""
_COPIES_OF_PARAMETERS = 8
"""Themselves, when they are made, gradient, and two moments; and three of these before an update."""
_COPIES_OF_OBSERVATIONS = 3
"""Of a rollout's: normalised, of a minibatch, and last ones of episodes; beside the rollouts kept."""
_COPIES_OF_OUTPUTS = 10
"""Noise, logits, their logarithms, entropies and the gradients of all of them."""
_GROUP = "/sys/fs/cgroup"
"""Where Linux says what a container may use."""


def require_memory(environment_id: str, spaces: Spaces, hyperparameters: Hyperparameters) -> None:
    """Raise UnsupportedEnvironment unless a run fits into the memory that is left."""
    needed, left = needed_bytes(spaces, hyperparameters), bytes_left()
    if left is not None and needed > left:
        agents = counted(hyperparameters.n_envs, "agent")
        steps = counted(hyperparameters.rollout_length, "step")
        raise UnsupportedEnvironment(
            f"{environment_id} would take about {_size(needed)} of memory, and {_size(left)} are left: "
            f"{counted(spaces.n_observations, 'number')} in an observation, {_actions(spaces)}, "
            f"{agents} × {steps}. "
            "Fewer agents, shorter rollouts and smaller networks take less."
        )


@contextmanager
def memory_errors_translated(environment_id: str) -> Iterator[None]:
    """Raise UnsupportedEnvironment in place of what NumPy and PyTorch raise where memory is not enough."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "allocate memory" in str(error):  # NumPy's way, and PyTorch's
            raise UnsupportedEnvironment(f"{environment_id} takes more memory than is left.") from error
        raise


def needed_bytes(spaces: Spaces, hyperparameters: Hyperparameters) -> int:
    """Return about how much memory the networks and the rollouts of a run take."""
    parameters = sum(map(n_parameters, layer_sizes(spaces, hyperparameters)))
    rollouts_kept = 1 + math.ceil(PATH_STEPS / hyperparameters.rollout_length)
    numbers = parameters * _COPIES_OF_PARAMETERS + hyperparameters.samples_per_rollout * (
        spaces.n_observations * (_COPIES_OF_OBSERVATIONS + rollouts_kept)
        + spaces.n_outputs * _COPIES_OF_OUTPUTS
    )
    return numbers * _BYTES


def bytes_left() -> int | None:
    """Return how much memory this process can still take, None where the system does not say."""
    limits = (_left_on_windows(), _available_on_linux(), _left_in_group(), _physical())
    return min((limit for limit in limits if limit is not None), default=None)


def _available_on_linux() -> int | None:
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _left_in_group() -> int | None:
    """Return what a container may still take, where there is a limit; files it has read make room."""
    limit, used, kinds = (_read(f"{_GROUP}/memory.{name}") for name in ("max", "current", "stat"))
    if not limit.strip().isdecimal() or not used.strip().isdecimal():
        return None
    files = re.findall(r"^(?:in)?active_file (\d+)$", kinds, re.MULTILINE)
    return int(limit) - int(used) + sum(map(int, files))


def _physical() -> int | None:
    if sys.platform == "win32":
        return None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _left_on_windows() -> int | None:
    if sys.platform != "win32":
        return None

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in ("total", "left", "pages", "pages_left", "virtual")),
            *((name, ctypes.c_uint64) for name in ("virtual_left", "extended_left")),
        )

    status = Status(length=ctypes.sizeof(Status))
    is_known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.left) if is_known else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _actions(spaces: Spaces) -> str:
    if spaces.n_actions is not None:
        return counted(spaces.n_actions, "action")
    return f"{counted(len(spaces.action_low), 'number')} in an action"


def _size(count: int) -> str:
    gigabytes = count / 2**30
    return f"{gigabytes:.0f} GB" if gigabytes >= 10 else f"{gigabytes:.1f} GB"
