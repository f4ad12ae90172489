"""Which symptoms do runs show that go wrong, and runs that go well? What docs/symptoms.md rests on.

Trains every case over its seeds, asks for the symptom after each update, and prints a Markdown table: how
many seeds showed which symptom at some time, and the extremes of the numbers that thresholds are about.

    python tests/benchmarks/symptoms.py [--processes 2] [words of the cases to be run …]
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import (
    FALLEN_SHARE,
    LARGE_KL,
    SUSTAINED,
    UNDECIDED_UPDATES,
    symptom_of,
)

HOT: Mapping[str, Any] = {"learning_rate": 3e-3, "gamma": 0.99, "gae_lambda": 0.95}


@dataclass(frozen=True)
class Case:
    """Runs of one kind.

    Attributes:
        name: What it is called in the table.
        steps: Environment steps.
        seeds: How many runs.
        values: What differs from the environment's default preset.
    """

    name: str
    steps: int
    seeds: int
    values: Mapping[str, Any] = field(default_factory=dict)
    environment_id: str = "CartPole-v1"
    algorithm: Algorithm = Algorithm.PPO


def few(n_envs: int, rollout_length: int) -> Case:
    """Return the case of so few samples an update."""
    samples = n_envs * rollout_length
    return Case(
        f"{samples} samples: {n_envs} × {rollout_length}",
        60_000,
        6,
        {"n_envs": n_envs, "rollout_length": rollout_length},
    )


CASES = (
    Case("preset", 300_000, 6),
    Case("preset", 200_000, 4, {"anneal": False}, "Acrobot-v1"),
    Case("preset", 250_000, 4, {"anneal": False}, "MountainCar-v0"),
    Case("preset", 100_000, 4, {"anneal": False}, "MountainCarContinuous-v0"),
    Case("preset", 100_000, 4, {"anneal": False}, "Pendulum-v1"),
    Case("preset", 60_000, 4, {"anneal": False}, "GridWorld-v0"),
    Case("preset, annealed", 500_000, 2, {}, "Acrobot-v1"),
    Case("preset, annealed", 500_000, 2, {}, "MountainCar-v0"),
    Case("hot", 100_000, 6, HOT),
    Case("no clip", 100_000, 6, {"clip_range": None}),
    Case("hot, no clip", 100_000, 6, {**HOT, "clip_range": None}),
    Case("hot, ε 0.8", 100_000, 6, {**HOT, "clip_range": 0.8}),
    Case("learning rate 0.1", 100_000, 6, {"learning_rate": 0.1}),
    Case(
        "ε 0.8, learning rate 0.02, annealed",
        40_960,
        6,
        {"clip_range": 0.8, "learning_rate": 0.02, "anneal": True},
    ),
    Case("preset, annealed", 60_000, 4, {"anneal": True}),
    Case("preset, annealed", 60_000, 3, {"anneal": True}, "GridWorld-v0"),
    Case("critic without gradient", 60_000, 3, {"value_coef": 0.0}),
    Case("critic without gradient", 200_000, 3, {"value_coef": 0.0, "anneal": False}, "Acrobot-v1"),
    Case("critic without gradient", 60_000, 3, {"value_coef": 0.0, "anneal": False}, "GridWorld-v0"),
    Case("critic without gradient", 60_000, 3, {"value_coef": 0.0, "anneal": False}, "Pendulum-v1"),
    Case("A2C at 2e-3", 200_000, 6, {}, algorithm=Algorithm.A2C),
    *(few(*shape) for shape in ((1, 4), (2, 2), (4, 1), (8, 1), (8, 2), (8, 4), (2, 16), (8, 8))),
    Case("hot, ε 0.02, 20 epochs", 60_000, 6, {**HOT, "clip_range": 0.02, "n_epochs": 20}),
    Case("entropy coefficient 0.2", 100_000, 6, {"entropy_coef": 0.2}),
    Case("entropy coefficient 0.5", 60_000, 6, {"entropy_coef": 0.5}),
    Case("hot, entropy coefficient 0.5", 60_000, 6, {**HOT, "entropy_coef": 0.5}),
    Case("entropy coefficient 0.5", 200_000, 6, {"entropy_coef": 0.5}, "Acrobot-v1"),
    Case("entropy coefficient 0.5", 60_000, 6, {"entropy_coef": 0.5}, "GridWorld-v0"),
    Case("entropy coefficient 2", 60_000, 6, {"entropy_coef": 2.0}),
    Case("learning rate 1e-5", 60_000, 4, {"learning_rate": 1e-5}),
    Case("learning rate 1e-5, 8 × 128", 60_000, 4, {"learning_rate": 1e-5, "rollout_length": 128}),
    Case("learning rate 1e-4", 60_000, 4, {"learning_rate": 1e-4}),
    Case("learning rate 1e-4, 8 × 128", 60_000, 4, {"learning_rate": 1e-4, "rollout_length": 128}),
)


@dataclass(frozen=True)
class Seen:
    """What one run has shown.

    Attributes:
        symptoms: After how many updates each symptom was shown.
        updates: How many there were.
        entropy: The lowest entropy that held for `SUSTAINED` updates, in bits; none for continuous actions.
        kl_in_a_row: Most updates in a row with a KL above `LARGE_KL`.
        ratio: The highest ratio that was exceeded in `SUSTAINED` updates in a row.
        kl: The median KL.
        best: The best mean return of 100 episodes, and the last.
        ceiling: The entropy's share of its ceiling, over the last updates; none for continuous actions.
        sooner: Updates from the first fall that is said to the first that the mean return shows.
    """

    symptoms: Counter[str]
    updates: int
    entropy: float | None
    kl_in_a_row: int
    ratio: float
    kl: float
    best: tuple[float, float]
    ceiling: float | None
    sooner: int | None


def run(case: Case, seed: int) -> Seen:
    """Train one seed of a case and return what it has shown."""
    values = presets_for(case.environment_id)[0].hyperparameters
    values = values.changed({"total_steps": case.steps} | dict(case.values))
    settings = RunSettings(case.environment_id, case.algorithm, values, seed)
    trainer = Trainer(settings, make_engine(settings))
    trainer.stride = LONGEST_STRIDE
    history = History()
    symptoms: Counter[str] = Counter()
    updates: list[UpdateFinished] = []
    mean_fell_at = fell_at = None
    for event in trainer.events():
        history.add(event)
        if not isinstance(event, UpdateFinished):
            continue
        updates.append(event)
        if symptom := symptom_of(history):
            symptoms[symptom.key] += 1
            if symptom.key == "fallen_back" and fell_at is None:
                fell_at = len(updates)
        if fell_at is not None and mean_fell_at is None and mean_has_fallen(history, event):
            mean_fell_at = len(updates)
    entropies = [update.policy_entropy / math.log(2) for update in updates]
    ceiling = None if history.n_actions is None else math.log2(history.n_actions)
    returns = [update.mean_return_100 for update in updates if not math.isnan(update.mean_return_100)]
    return Seen(
        symptoms,
        len(updates),
        None if ceiling is None else min(highest_of(entropies)),
        max((len(list(some)) for far, some in groupby(updates, is_far) if far), default=0),
        max(lowest_of([update.max_ratio for update in updates])),
        median(update.approx_kl for update in updates),
        (max(returns), returns[-1]),
        None if ceiling is None else median(entropies[UNDECIDED_UPDATES:]) / ceiling,
        None if fell_at is None or mean_fell_at is None else mean_fell_at - fell_at,
    )


def mean_has_fallen(history: History, update: UpdateFinished) -> bool:
    """Return whether the mean of 100 episodes has lost half of the gain."""
    if history.peak is None or history.first_mean_return is None:
        return False
    gain = history.peak.mean_return - history.first_mean_return
    return history.peak.mean_return - update.mean_return_100 >= FALLEN_SHARE * gain


def is_far(update: UpdateFinished) -> bool:
    """Return whether the update moved the policy too far."""
    return update.approx_kl > LARGE_KL


def highest_of(numbers: list[float]) -> list[float]:
    """Return the highest of each `SUSTAINED` numbers in a row."""
    return [max(some) for some in stretches(numbers)]


def lowest_of(numbers: list[float]) -> list[float]:
    """Return the lowest of each `SUSTAINED` numbers in a row."""
    return [min(some) for some in stretches(numbers)]


def stretches(numbers: list[float]) -> Iterable[list[float]]:
    """Yield each `SUSTAINED` numbers in a row."""
    return (numbers[i : i + SUSTAINED] for i in range(len(numbers) - SUSTAINED + 1))


def row(case: Case, runs: list[Seen]) -> str:
    """Return one line of the table."""
    shown = {key for one in runs for key in one.symptoms}
    shares = {key: [one.symptoms[key] / one.updates for one in runs if key in one.symptoms] for key in shown}
    symptoms = [f"{key} {len(shares[key])} ({span(shares[key], '.0%')} of updates)" for key in sorted(shares)]
    cells = [
        f"{case.name}, {case.environment_id}, {case.steps // 1000}k",
        str(len(runs)),
        "; ".join(symptoms) or "none",
        span([one.entropy for one in runs if one.entropy is not None], ".3f"),
        span([float(one.kl_in_a_row) for one in runs], ".0f"),
        span([one.ratio for one in runs], ".1f"),
        span([one.kl for one in runs], ".1e"),
        " ".join(f"{best:.0f}→{last:.0f}" for best, last in (one.best for one in runs)),
        span([one.ceiling for one in runs if one.ceiling is not None], ".0%"),
        " ".join(str(one.sooner) for one in runs if one.sooner is not None),
    ]
    return f"| {' | '.join(cells)} |"


def span(numbers: list[float], form: str) -> str:
    """Return the least and the greatest of some numbers."""
    if not numbers:
        return "—"
    least, greatest = format(min(numbers), form), format(max(numbers), form)
    return least if least == greatest else f"{least} to {greatest}"


def main() -> None:
    """Run the cases that are asked for and print each row when it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument(
        "words", nargs="*", help="run the cases with one of these in their names; usually all"
    )
    options = parser.parse_args()
    cases = [
        case
        for case in CASES
        if not options.words or any(word in f"{case.name} {case.environment_id}" for word in options.words)
    ]
    print(
        "| Case | Seeds | Symptoms: seeds that showed them | Lowest entropy, bits | KL > 0.1 in a row "
        "| Largest ratio in 5 | Median KL | Mean return: best→last | Entropy / ceiling | Mean later by |"
    )
    print("|---" * 10 + "|")
    with ProcessPoolExecutor(options.processes) as pool:
        waiting = [
            (case, [pool.submit(run, case, seed) for seed in range(1, case.seeds + 1)]) for case in cases
        ]
        for case, futures in waiting:
            print(row(case, [future.result() for future in futures]), flush=True)


if __name__ == "__main__":
    main()
