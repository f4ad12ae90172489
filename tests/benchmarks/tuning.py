"""How many trials a minute, beside the same study with Stable-Baselines3?

Searches the clip range, entropy coefficient, rollout length and learning rate of CartPole-v1 (preset
Demonstration) with TPE: 60 trials of two seeds and 50 000 steps each, kept in a file as always, judged by
the return of 20 episodes afterwards. Then a few of the same trials are done with Stable-Baselines3 in the
same process, with the same hyperparameters, steps, seeds and episodes: those at even ranks of the rollout
length, which decides what a trial costs. What all of them would take is their mean times 60: doing them
all takes an hour. Each uses one thread of PyTorch; ours does as many runs at a time as there are
processors, which Stable-Baselines3 in one process cannot. Starting and compiling are not counted.

    python tests/benchmarks/tuning.py [--trials 60] [--sb3-trials 5] [--workers W] [--steps 50000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.env_util import make_vec_env  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402

from ppo_desktop.ppo.declaration import Value  # noqa: E402
from ppo_desktop.ppo.engines import COMPILED  # noqa: E402
from ppo_desktop.study.place import Place  # noqa: E402
from ppo_desktop.study.search import Search  # noqa: E402
from ppo_desktop.study.storage import create_study  # noqa: E402
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, Strategy, StudyPlan  # noqa: E402
from ppo_desktop.study.trials import TrialRecord  # noqa: E402
from ppo_desktop.study.wanted import WantedStudy  # noqa: E402

VARY = "clip_range,entropy_coef,rollout_length,learning_rate"
N_SEEDS = 2


def searched(folder: Path, name: str, plan: StudyPlan, n: int, workers: int | None) -> list[TrialRecord]:
    """Do a study and return its trials."""
    with closing(create_study(Place(folder / f"{name}.db", name), plan, Strategy("tpe"))) as study:
        for _ in Search(study, COMPILED, n, workers).events():
            pass
        return study.trials()


def with_stable_baselines3(plan: StudyPlan, values: Mapping[str, Value]) -> float:
    """Do a trial and return its value."""
    returns = []
    for seed in plan.seeds:
        wanted = plan.settings(values, seed).hyperparameters
        environments = make_vec_env(plan.environment_id, wanted.n_envs, seed=seed)
        model = PPO(
            "MlpPolicy",
            environments,
            learning_rate=wanted.learning_rate,
            n_steps=wanted.rollout_length,
            batch_size=wanted.samples_per_rollout // wanted.n_minibatches,
            n_epochs=wanted.n_epochs,
            gamma=wanted.gamma,
            gae_lambda=wanted.gae_lambda,
            clip_range=wanted.clip_range,
            ent_coef=wanted.entropy_coef,
            vf_coef=wanted.value_coef,
            max_grad_norm=wanted.max_grad_norm,
            policy_kwargs={"net_arch": [wanted.hidden_units] * wanted.hidden_layers},
            seed=seed,
            device="cpu",
        )
        model.learn(plan.total_steps)
        others = make_vec_env(plan.environment_id, 1, seed=seed + 1000)
        mean, _ = evaluate_policy(model, others, EVALUATION_EPISODES)
        returns.append(float(mean))
        environments.close()
        others.close()
    return fmean(returns)


def at_even_ranks(trials: Sequence[TrialRecord], n: int) -> list[TrialRecord]:
    """Return a few trials, spread over the lengths of their rollouts."""
    ordered = sorted(trials, key=lambda trial: float(trial.values["rollout_length"]))  # type: ignore[arg-type]
    return [ordered[int((index + 0.5) * len(ordered) / n)] for index in range(n)]


class Stopwatch:
    """Seconds since it was made: of the clock, and of all processors together."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def seconds(self) -> tuple[float, float]:
        clock, processors = self._begun
        return time.perf_counter() - clock, time.process_time() - processors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--sb3-trials", type=int, default=5)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--steps", type=int, default=50_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    plan = WantedStudy(space=VARY, total_steps=options.steps, n_seeds=N_SEEDS).plan()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PPO_DESKTOP_HOME"] = home
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
        searched(Path(home), "warm-up", plan, 1, options.workers)
        watch = Stopwatch()
        trials = searched(Path(home), "study", plan, options.trials, options.workers)
        ours, ours_of_cpu = (seconds / options.trials for seconds in watch.seconds())
    print(f"{os.cpu_count()} processors; {options.trials} trials × {N_SEEDS} seeds × {options.steps} steps")
    _tell("PPO Desktop", ours, ours_of_cpu)
    taken = []
    for trial in at_even_ranks(trials, options.sb3_trials):
        watch = Stopwatch()
        value = with_stable_baselines3(plan, trial.values)
        taken.append(watch.seconds())
        what = f"  trial {trial.number}: T = {trial.values['rollout_length']}, {taken[-1][0]:.1f} s"
        print(f"{what}, return {value:.0f} (ours {trial.objective:.0f})", flush=True)
    theirs, theirs_of_cpu = (fmean(column) for column in zip(*taken, strict=True))
    _tell("Stable-Baselines3", theirs, theirs_of_cpu)
    print(f"ratio {theirs / ours:.1f} by the clock, {theirs_of_cpu / ours_of_cpu:.1f} in processor time")


def _tell(who: str, seconds: float, of_cpu: float) -> None:
    rate = f"{60 / seconds:.1f} trials a minute"
    print(f"{who}: {rate}, {seconds:.2f} s a trial, {of_cpu:.2f} s of processors", flush=True)


if __name__ == "__main__":
    main()
