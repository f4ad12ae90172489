"""How well do the presets learn? Every environment's default preset over several seeds.

Trains with `ppo-desktop train`, evaluates the deterministic policy over 100 episodes of an
environment of its own, and prints a Markdown table beside the results of rl-baselines3-zoo.

    python tests/benchmarks/learning.py [--seeds 1-5] [--environments CartPole-v1,…] [--processes 2]
                                        [flags of `ppo-desktop train` …]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EPISODES = 100


@dataclass(frozen=True)
class Goal:
    """What a preset is to reach.

    Attributes:
        steps: Environment steps it may train.
        median: Median over seeds of the mean evaluation return.
        zoo: What rl-baselines3-zoo's PPO reaches, mean ± deviation over episodes (its steps).
    """

    steps: int
    median: float
    zoo: str


GOALS = {
    "CartPole-v1": Goal(100_000, 500.0, "500.0 ± 0.0 (100k)"),
    "Acrobot-v1": Goal(500_000, -80.0, "−73.5 ± 18.2 (1M)"),
    "MountainCar-v0": Goal(500_000, -115.0, "−110.4 ± 19.5 (1M)"),
    "MountainCarContinuous-v0": Goal(100_000, 93.0, "88.3 ± 2.6 (20k)"),
    "Pendulum-v1": Goal(200_000, -170.0, "−172.2 ± 104.2 (100k)"),
    "GridWorld-v0": Goal(50_000, 0.9, "—"),
}


@dataclass(frozen=True)
class Result:
    """One seed's run: mean and deviation of its evaluation returns, and its training speed."""

    mean: float
    deviation: float
    steps_per_second: float


def train(environment_id: str, seed: int, flags: list[str]) -> Result:
    """Train and evaluate in a process of its own."""
    command = [sys.executable, "-m", "ppo_desktop", "train", "--env", environment_id, "--seed", str(seed)]
    command += ["--total-steps", str(GOALS[environment_id].steps), "--evaluate-episodes", str(EPISODES)]
    output = subprocess.run(
        [*command, "--json", "-", *flags], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    told: dict[str, dict[str, Any]] = {
        event["event"]: event for event in map(json.loads, output.splitlines())
    }
    evaluation = told["evaluation"]
    return Result(evaluation["mean"], evaluation["std"], told["finished"]["steps_per_second"])


def row(environment_id: str, results: list[Result]) -> str:
    """Return one line of the table."""
    goal = GOALS[environment_id]
    middle = median(result.mean for result in results)
    cells = [
        environment_id,
        f"{goal.steps // 1000}k",
        " ".join(f"{result.mean:.{_decimals(goal)}f}" for result in results),
        f"{middle:.{_decimals(goal)}f}",
        f"{fmean(result.deviation for result in results):.{_decimals(goal)}f}",
        f"≥ {goal.median:g} {'reached' if middle >= goal.median else 'missed'}",
        goal.zoo,
        f"{fmean(result.steps_per_second for result in results):,.0f}".replace(",", " "),
    ]
    return f"| {' | '.join(cells)} |".replace(" -", " −")


def _decimals(goal: Goal) -> int:
    return 3 if abs(goal.median) < 10 else 1


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main() -> None:
    """Train everything that is asked for and print each row when it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=_seeds, default=_seeds("1-5"))
    parser.add_argument("--environments", type=lambda text: text.split(","), default=list(GOALS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options, flags = parser.parse_known_args()
    print(
        "| Environment | Steps | Mean return per seed | Median | ± episodes | Goal | rl-zoo PPO | Steps/s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with ThreadPoolExecutor(options.processes) as pool:
        waiting = {
            environment_id: [pool.submit(train, environment_id, seed, flags) for seed in options.seeds]
            for environment_id in options.environments
        }
        for environment_id, futures in waiting.items():
            print(row(environment_id, [future.result() for future in futures]), flush=True)


if __name__ == "__main__":
    main()
