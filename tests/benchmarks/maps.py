"""How long does a map take, when is its first whole picture there, and how much faster is it than SB3?

Has `ppo-desktop map` measure n × n cells of CartPole-v1, ε across and the learning rate up, on all
processors, with the environment's first preset. Says the time, environment steps per second of it, and after
how many seconds 3 × 3 and 5 × 5 cells spread over all of the map were measured. Then one process of
Stable-Baselines3 on each processor trains with the same preset, all at the same time. The load of the machine
is said with it: what others take of the processors is missing from both.

    python tests/benchmarks/maps.py [--side 20] [--seeds 3] [--steps 30000] [--sb3-steps 20000]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ppo_desktop.ppo.presets import presets_for  # noqa: E402
from ppo_desktop.study.map_axes import parse_axis  # noqa: E402
from ppo_desktop.study.map_order import levels_of  # noqa: E402

ENVIRONMENT = "CartPole-v1"
ACROSS, UP = "clip_range=0.05:0.8", "learning_rate=1e-4:1e-1"
VARIABLES = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
LEVELS = {0: "3 × 3", 1: "5 × 5"}


def load() -> str:
    """Return how many processes have wanted a processor in the last minute, where the system says it."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def measure_map(side: int, seeds: int, steps: int) -> tuple[float, dict[int, float], float]:
    """Measure a map; return its seconds, those until each level is whole, and its processor time."""
    axes = [f"--x={ACROSS}:{side}", f"--y={UP}:{side}"]
    size = [f"--seeds={seeds}", f"--total-steps={steps}", f"--env={ENVIRONMENT}"]
    used = os.times().children_user + os.times().children_system
    with tempfile.TemporaryDirectory() as folder:
        begun_at = time.perf_counter()
        place = ["--study=benchmark", f"--storage={Path(folder) / 'map.db'}"]
        command = [sys.executable, "-m", "ppo_desktop", "map", *place, *axes, *size, "--json=-"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=VARIABLES) as process:
            whole_at = dict(_whole_levels(process, side, begun_at))
        seconds = time.perf_counter() - begun_at
    assert process.returncode == 0, process.returncode
    return seconds, whole_at, os.times().children_user + os.times().children_system - used


def _whole_levels(process: subprocess.Popen[str], side: int, begun_at: float) -> Iterator[tuple[int, float]]:
    """Yield each level and the seconds after which all of its cells were measured, as told."""
    levels = levels_of((side, side))
    across, up = (parse_axis(f"{text}:{side}").grid_values() for text in (ACROSS, UP))
    left = {level: int((levels <= level).sum()) for level in LEVELS}
    assert process.stdout is not None
    for line in process.stdout:
        trial = json.loads(line)
        if trial["event"] != "trial":
            continue
        own = levels[up.index(trial["y"]), across.index(trial["x"])]
        for level in left:
            left[level] -= int(own <= level)
            if own <= level and left[level] == 0:
                yield level, time.perf_counter() - begun_at


def measure_sb3(steps: int) -> float:
    """Train in one process on each processor; return environment steps per second of all together."""
    n = os.cpu_count() or 1
    command = [sys.executable, str(Path(__file__)), "--sb3-steps", str(steps), "--only-sb3"]
    running = [
        subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True, env=VARIABLES)
        for seed in range(n)
    ]
    return sum(float(process.communicate()[0]) for process in running)


def train_sb3(steps: int, seed: int) -> float:
    """Train with Stable-Baselines3; return environment steps per second, imports and set-up not counted."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    ours = presets_for(ENVIRONMENT)[0].hyperparameters
    model = PPO(
        "MlpPolicy",
        make_vec_env(ENVIRONMENT, ours.n_envs, seed=seed),
        learning_rate=ours.learning_rate,
        n_steps=ours.rollout_length,
        batch_size=ours.samples_per_rollout // ours.n_minibatches,
        n_epochs=ours.n_epochs,
        gamma=ours.gamma,
        gae_lambda=ours.gae_lambda,
        policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}, "activation_fn": torch.nn.Tanh},
        seed=seed,
        device="cpu",
    )
    model.learn(ours.samples_per_rollout)
    begun_at = time.perf_counter()
    model.learn(steps, reset_num_timesteps=False)
    return steps / (time.perf_counter() - begun_at)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=20, help="cells along each side")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each cell")
    parser.add_argument("--steps", type=int, default=30_000, help="environment steps of each seed")
    parser.add_argument("--sb3-steps", type=int, default=20_000, help="those of Stable-Baselines3")
    parser.add_argument("--only-sb3", type=int, metavar="SEED", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_sb3 is not None:
        print(train_sb3(options.sb3_steps, options.only_sb3))
        return
    n_steps = options.side**2 * options.seeds * options.steps
    print(
        f"{options.side} × {options.side} cells × {options.seeds} seeds × {options.steps} steps = {n_steps}"
    )
    print(f"{os.cpu_count()} processors, load {load()}")
    seconds, whole_at, used = measure_map(options.side, options.seeds, options.steps)
    for level, after in whole_at.items():
        print(f"{LEVELS[level]} cells of all of the map after {after:.1f} s")
    print(f"all after {seconds:.0f} s: {n_steps / seconds:.0f} steps per second", end="")
    print(f", {n_steps / used:.0f} per second of processor time; load {load()}", flush=True)
    theirs = measure_sb3(options.sb3_steps)
    print(f"Stable-Baselines3: {theirs:.0f} steps per second; load {load()}")
    print(f"{n_steps / seconds / theirs:.1f} times as fast")


if __name__ == "__main__":
    main()
