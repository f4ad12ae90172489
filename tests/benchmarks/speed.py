"""Is training as fast as with Stable-Baselines3?

Trains CartPole-v1 with each contestant in turn, from collecting to optimising, with the same
networks and the same amount of work, and prints environment steps per second of CPU time. Import,
set-up and the first update are not counted. The ratios, each of two runs side by side in time, say
how much faster a contestant is than Stable-Baselines3: the machine's own mood falls out of them.

    python tests/benchmarks/speed.py [--settings abc] [--repeats 5] [--steps 16384]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402
from stable_baselines3.common.env_util import make_vec_env  # noqa: E402

from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.engines.base import Engine  # noqa: E402
from ppo_desktop.ppo.engines.compiled import CompiledEngine  # noqa: E402
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine  # noqa: E402
from ppo_desktop.ppo.events import UpdateFinished  # noqa: E402
from ppo_desktop.ppo.hyperparameters import Hyperparameters  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer  # noqa: E402

ENVIRONMENT = "CartPole-v1"
LEARNING_RATE, GAMMA, GAE_LAMBDA = 3e-4, 0.99, 0.95


@dataclass(frozen=True)
class Setting:
    """How much is collected and how often it is gone through."""

    n_envs: int
    rollout_length: int
    minibatch: int
    n_epochs: int

    @property
    def samples(self) -> int:
        return self.n_envs * self.rollout_length

    def __str__(self) -> str:
        return f"{self.n_envs} × {self.rollout_length}, minibatch {self.minibatch}, {self.n_epochs} epochs"


SETTINGS = {
    "a": Setting(n_envs=8, rollout_length=128, minibatch=256, n_epochs=4),
    "b": Setting(n_envs=8, rollout_length=32, minibatch=256, n_epochs=20),
    "c": Setting(n_envs=1, rollout_length=128, minibatch=64, n_epochs=4),
}


class Stopwatch:
    """Takes the CPU time from the end of the first update until enough steps have been trained on."""

    def __init__(self, steps: int) -> None:
        self._steps_wanted = steps
        self._begun: tuple[int, float] | None = None
        self.speed: float | None = None

    def update_finished(self, steps: int) -> None:
        """Take note of an update after `steps` environment steps in all."""
        now = time.process_time()
        if self._begun is None:
            self._begun = (steps, now)
            return
        steps_at_first, first = self._begun
        if steps - steps_at_first >= self._steps_wanted:
            self.speed = (steps - steps_at_first) / (now - first)


Contestant = Callable[[Setting, int, Stopwatch], None]
"""Trains with a setting and a seed, tells the stopwatch of each update, ends when it has a speed."""


def our_settings(setting: Setting, seed: int, **values: Any) -> RunSettings:
    """Return the settings of a run of ours, with other hyperparameters than the default ones by name."""
    hyperparameters = Hyperparameters(
        n_envs=setting.n_envs,
        rollout_length=setting.rollout_length,
        n_minibatches=setting.samples // setting.minibatch,
        n_epochs=setting.n_epochs,
        learning_rate=LEARNING_RATE,
        gamma=GAMMA,
        gae_lambda=GAE_LAMBDA,
        **values,
    )
    return RunSettings(ENVIRONMENT, Algorithm.PPO, hyperparameters, seed)


def our_trainer(make_engine: Callable[[RunSettings], Engine]) -> Contestant:
    """Return the contestant that trains with one of our engines."""

    def train(setting: Setting, seed: int, stopwatch: Stopwatch) -> None:
        settings = our_settings(setting, seed)
        trainer = Trainer(settings, make_engine(settings))
        trainer.stride = LONGEST_STRIDE
        with closing(trainer.events()) as events:
            for event in events:
                if isinstance(event, UpdateFinished):
                    stopwatch.update_finished(event.steps)
                if stopwatch.speed is not None:
                    return

    return train


class StopwatchCallback(BaseCallback):
    """An update has finished when the next rollout begins."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        super().__init__()
        self._stopwatch = stopwatch

    def _on_rollout_start(self) -> None:
        if self.num_timesteps:
            self._stopwatch.update_finished(self.num_timesteps)

    def _on_step(self) -> bool:
        return self._stopwatch.speed is None


def stable_baselines3(setting: Setting, seed: int, stopwatch: Stopwatch) -> None:
    """Train with Stable-Baselines3's PPO; what is not given has the same default as ours."""
    environments = make_vec_env(ENVIRONMENT, setting.n_envs, seed=seed)  # a DummyVecEnv
    model = PPO(
        "MlpPolicy",
        environments,
        learning_rate=LEARNING_RATE,
        n_steps=setting.rollout_length,
        batch_size=setting.minibatch,
        n_epochs=setting.n_epochs,
        gamma=GAMMA,
        gae_lambda=GAE_LAMBDA,
        policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}, "activation_fn": torch.nn.Tanh},
        seed=seed,
        device="cpu",
    )
    model.learn(sys.maxsize, callback=StopwatchCallback(stopwatch), log_interval=None)  # type: ignore[arg-type]
    environments.close()


CONTESTANTS: dict[str, Contestant] = {
    "compiled": our_trainer(CompiledEngine),
    "pytorch": our_trainer(PyTorchEngine),
}
"""Our engines by the name of their column."""


def speed_of(contestant: Contestant, setting: Setting, seed: int, steps: int) -> float:
    """Return environment steps per CPU-second of one run."""
    gc.collect()
    stopwatch = Stopwatch(steps)
    contestant(setting, seed, stopwatch)
    assert stopwatch.speed is not None
    return stopwatch.speed


def median_and_range(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--settings", default="".join(SETTINGS), help="letters of the settings to run")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contestant per setting")
    parser.add_argument("--steps", type=int, default=16_384, help="environment steps timed in each run")
    options = parser.parse_args()
    torch.set_num_threads(1)
    contestants = {**CONTESTANTS, "sb3": stable_baselines3}
    print(f"{ENVIRONMENT}, steps per CPU-second (median of {options.repeats} runs), ratio to sb3 (range)")
    print(f"{'':38}" + "".join(f"{name:>10}" for name in contestants), end="")
    print("".join(f"{name + '/sb3':>22}" for name in CONTESTANTS))
    for letter in options.settings:
        setting = SETTINGS[letter]
        speeds: dict[str, list[float]] = {name: [] for name in contestants}
        for seed in range(options.repeats):
            for name, contestant in contestants.items():
                speeds[name].append(speed_of(contestant, setting, seed, options.steps))
        print(f"{letter}  {setting!s:35}", end="")
        print("".join(f"{statistics.median(measured):>10.0f}" for measured in speeds.values()), end="")
        for name in CONTESTANTS:
            ratios = [ours / theirs for ours, theirs in zip(speeds[name], speeds["sb3"], strict=True)]
            print(f"{median_and_range(ratios):>22}", end="")
        print(flush=True)


if __name__ == "__main__":
    main()
