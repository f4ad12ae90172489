"""A run is the same, bit for bit, whatever an environment has set for the whole thread or process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.envs.classic_control import CartPoleEnv

from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]
Setting = Callable[[], AbstractContextManager[Any]]


def setting(change: Callable[[Any], Any], value: Any, read: Callable[[], Any]) -> Setting:
    """Return what sets something and puts it back after the test."""

    @contextmanager
    def hold() -> Iterator[None]:
        before = read()
        change(value)
        yield
        change(before)

    return hold


def raise_for_all(value: Any) -> None:
    np.seterr(**(value if isinstance(value, dict) else {"all": value}))


SETTINGS = {
    "double precision": setting(torch.set_default_dtype, torch.float64, torch.get_default_dtype),
    "half precision": setting(torch.set_default_dtype, torch.float16, torch.get_default_dtype),
    "no gradients": setting(torch.set_grad_enabled, False, torch.is_grad_enabled),
    "inference": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu"),
    "another device": lambda: torch.device("meta"),
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True),
    "threads": setting(torch.set_num_threads, 3, torch.get_num_threads),
    "deterministic": setting(
        torch.use_deterministic_algorithms, True, torch.are_deterministic_algorithms_enabled
    ),
    "seeds": setting(lambda seed: (torch.manual_seed(seed), np.random.seed(seed)), 1, lambda: 2),
    "errors of NumPy": setting(raise_for_all, "raise", np.geterr),
}
EVERY_SETTING = pytest.mark.parametrize("hold", SETTINGS.values(), ids=list(SETTINGS))


def fingerprint(trainer: Trainer) -> str:
    for _ in trainer.events():
        trainer.look(0)
    return trainer.parameters_sha256()


@EVERY_ENGINE
@EVERY_SETTING
@pytest.mark.parametrize(
    "environment_id", ["CartPole-v1", pytest.param("Pendulum-v1", marks=pytest.mark.slow)]
)
def test_a_run_is_the_same_after_somebody_has_set_what_is_global(
    make_trainer: MakeTrainer, hold: Setting, environment_id: str
) -> None:
    values = {"total_steps": 64, "normalize_observations": True, "normalize_rewards": True}
    untouched = fingerprint(make_trainer(environment_id, **values))
    with hold():
        assert fingerprint(make_trainer(environment_id, **values)) == untouched


class Meddling(CartPoleEnv):
    """CartPole that sets something global in its first step."""

    def __init__(self, hold: Setting, stack: ExitStack) -> None:
        super().__init__()
        self.meddle: Callable[[], Any] | None = lambda: stack.enter_context(hold())

    def step(self, action: Any) -> Any:
        if self.meddle is not None:
            self.meddle()
            self.meddle = None
        return super().step(action)


@EVERY_SETTING
def test_a_run_is_the_same_when_its_own_environment_sets_what_is_global(
    toys: Any, make_trainer: MakeTrainer, hold: Setting
) -> None:
    untouched = fingerprint(make_trainer(toys.register_maker(CartPoleEnv), n_envs=1, total_steps=64))
    with ExitStack() as stack:
        meddling = toys.register_maker(lambda: Meddling(hold, stack))
        assert fingerprint(make_trainer(meddling, n_envs=1, total_steps=64)) == untouched


def test_what_a_module_wants_to_be_errors_is_left_to_it(toys: Any, make_trainer: MakeTrainer) -> None:
    def create() -> gymnasium.Env[Any, Any]:
        np.seterr(all="raise")
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="harmless")
        return CartPoleEnv()

    before = np.geterr()
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        make_trainer(toys.register_maker(create), n_envs=1)
        assert np.geterr() == before
        warnings.warn("of ours", stacklevel=1)
        warnings.warn("harmless", stacklevel=1)
    assert [str(warning.message) for warning in caught] == ["of ours"]
