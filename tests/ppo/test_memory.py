"""What does not fit into memory is refused in one line before any of it is taken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.ppo import memory
from ppo_desktop.ppo.environments import Spaces, UnsupportedEnvironment
from ppo_desktop.ppo.events import FinishReason, RunFinished, StepsTaken
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.memory import bytes_left, needed_bytes, require_memory
from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

SMALL = Spaces(4, 2)


@pytest.mark.parametrize(
    ("spaces", "values"),
    [
        (Spaces(5, 2), {}),
        (Spaces(4, 3), {}),
        (Spaces(4, None, action_low=(-1.0,) * 3, action_high=(1.0,) * 3), {}),
        (SMALL, {"n_envs": 9}),
        (SMALL, {"rollout_length": 256}),
        (SMALL, {"hidden_units": 128}),
        (SMALL, {"hidden_layers": 3}),
    ],
)
def test_more_of_anything_takes_more_memory(spaces: Spaces, values: dict[str, Any]) -> None:
    assert needed_bytes(spaces, Hyperparameters(**values)) > needed_bytes(SMALL, Hyperparameters())


def test_the_estimate_holds_the_parameters_and_the_rollout() -> None:
    values = Hyperparameters(n_envs=8, rollout_length=128, hidden_layers=1, hidden_units=64)
    parameters = (1000 + 1) * 64 * 2 + 65 * 500 + 65
    assert needed_bytes(Spaces(1000, 500), values) > 4 * (5 * parameters + 8 * 128 * (2 * 1000 + 3 * 500))
    assert needed_bytes(SMALL, Hyperparameters()) < 2**25


def test_the_system_says_how_much_is_left() -> None:
    left = bytes_left()
    assert left is not None
    assert 2**20 < left < 2**50


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such containers")
def test_a_container_can_take_what_it_does_not_use_and_what_only_files_are_kept_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    (tmp_path / "memory.max").write_text("4000\n")
    (tmp_path / "memory.current").write_text("3900\n")
    (tmp_path / "memory.stat").write_text("anon 900\ninactive_file 2000\nactive_file 500\nunevictable 7\n")
    assert bytes_left() == 2600
    (tmp_path / "memory.max").write_text("max\n")
    assert bytes_left() != 2600


def test_what_fits_is_let_through() -> None:
    require_memory("X-v0", SMALL, Hyperparameters())


@pytest.mark.parametrize("spaces", [Spaces(2**24, 2), Spaces(4, 2**24)])
def test_what_does_not_fit_is_refused_with_what_it_is_made_of(
    monkeypatch: pytest.MonkeyPatch, spaces: Spaces
) -> None:
    monkeypatch.setattr(memory, "bytes_left", lambda: 2**33)
    with pytest.raises(UnsupportedEnvironment, match=r"^X-v0 .* GB .* 8\.0 GB are left: .*16 777 216"):
        require_memory("X-v0", spaces, Hyperparameters())


def test_where_the_system_says_nothing_all_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "bytes_left", lambda: None)
    require_memory("X-v0", Spaces(2**24, 2**24), Hyperparameters())


def test_a_run_that_does_not_fit_is_refused_and_its_environments_are_closed(
    toys: Any, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "bytes_left", lambda: 2**30)
    environment_id = toys.register(
        lambda time, action: None,
        first=lambda: np.zeros(2**20, np.float32),
        observations=Box(-1, 1, (2**20,)),
        actions=Discrete(2),
    )
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} would take about"):
        make_trainer(environment_id)
    assert [toy.closed for toy in toys.made] == [1, 1]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ],
)
def test_an_allocation_that_fails_is_told_in_one_line(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("ppo_desktop.ppo.engines.base.ActorCritic.initialized", fail)
    with pytest.raises(UnsupportedEnvironment, match=r"^CartPole-v1 takes more memory than is left\.$"):
        make_trainer()


@EVERY_ENGINE
def test_a_rollout_that_grows_beyond_memory_ends_the_run_with_one_line(
    make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(total_steps=1_000)
    events = trainer.events()
    assert any(isinstance(event, StepsTaken) for event in events)
    monkeypatch.setattr(memory, "bytes_left", lambda: 2**10)
    trainer.change(trainer.hyperparameters.changed({"rollout_length": 32}))
    finished = list(events)[-1]
    assert isinstance(finished, RunFinished)
    assert finished.reason is FinishReason.FAILED
    assert finished.message.startswith("CartPole-v1 would take about")
