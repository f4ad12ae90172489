"""How often do branches of a healthy moment collapse, with the clip and without? The table of docs/luck.md.

Trains CartPole until the mean return of 100 episodes is above 150, lets it go on from there in eight
branches for each ε, with nothing else changed but the random numbers, and prints a Markdown table.

    python tests/benchmarks/luck.py [--seeds 4]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ppo_desktop.jobs.fan import Fan, FanJob, Outcome
from ppo_desktop.jobs.moment import USUAL_BRANCHES, USUAL_STEPS, Moment
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.runs.kept import begin
from ppo_desktop.user_files import cache_folder, runs_folder

HEALTHY = 150.0
VALUES = Hyperparameters(rollout_length=32, n_epochs=10, n_minibatches=1, learning_rate=1e-2)
EPSILONS = (None, 0.8, 0.2, 0.1)


def healthy_moment(seed: int) -> Moment:
    """Let a run learn until it is healthy, and keep it."""
    run = begin(runs_folder(), RunSettings("CartPole-v1", Algorithm.PPO, VALUES, seed), sys.exit)
    run.stride = LONGEST_STRIDE
    assert run.keeper is not None
    events = run.events()
    for event in events:
        if isinstance(event, UpdateFinished) and event.mean_return_100 > HEALTHY:
            break
    events.close()
    return Moment(run.keeper.folder.name, run.update)


def outcomes(moment: Moment, epsilon: float | None) -> Counter[Outcome | None]:
    """Return how many branches came to which end."""
    job = FanJob(moment, USUAL_STEPS, USUAL_BRANCHES, {"clip_range": epsilon})
    *_, fan = (event for event in job.events() if isinstance(event, Fan))
    return Counter(branch.outcome for branch in fan.branches)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=4, help="runs from which branches leave")
    moments = [healthy_moment(seed) for seed in range(1, 1 + parser.parse_args().seeds)]
    print("| ε |", " | ".join(outcome.label for outcome in Outcome), "|")
    print("|---|" + "---|" * len(Outcome))
    for epsilon in EPSILONS:
        counts = sum((outcomes(moment, epsilon) for moment in moments), Counter[Outcome | None]())
        written = DECLARATIONS["clip_range"].format(epsilon)
        print(f"| {written} |", " | ".join(str(counts[outcome]) for outcome in Outcome), "|", flush=True)


if __name__ == "__main__":
    kernels = cache_folder()
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(kernels, Path(home) / "cache")
        os.environ["PPO_DESKTOP_HOME"] = home
        main()
