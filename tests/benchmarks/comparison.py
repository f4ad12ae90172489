"""How long does a comparison take, and does the window stutter meanwhile?

Opens the real window on its Compare page and compares five values of ε with three seeds each for
150 000 steps of CartPole-v1 (the default preset), with everything visible; measures the time from
pressing Compare to the last result, and how late a 16 ms timer on the GUI thread fires. The same
runs follow one after the other with Stable-Baselines3 in the same process.

    python tests/benchmarks/comparison.py [--size 1600x1000] [--sb3-runs 15] [--repeats 3] [--busy N]

`--busy N`: N other processes compute all the time meanwhile.

Needs a screen; without one, use xvfb-run or set QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtWidgets import QApplication  # noqa: E402
from window import Heartbeat, busy, wait_until  # noqa: E402

VALUES = (0.02, 0.1, 0.2, 0.4, 0.8)
N_SEEDS = 3
STEPS = 150_000


def in_the_window(application: QApplication, size: tuple[int, int]) -> tuple[float, Heartbeat]:
    """Compare on the real page; return the seconds it took and the heartbeat meanwhile."""
    from ppo_desktop.app import create_window
    from ppo_desktop.bridge.job_session import JobState

    window = create_window()
    window.resize(*size)
    window.show_page(window.pages[1])
    window.show()
    wait_until(application, lambda: window.session.frame is not None)
    comparisons = window.comparisons
    comparisons.planning.choose_field("clip_range")
    comparisons.planning.set_values(", ".join(map(str, VALUES)))
    comparisons.planning.set_seeds(N_SEEDS)
    comparisons.planning.set_total_steps(STEPS)
    wait_until(application, lambda: not comparisons.is_waiting_for_engine)
    heartbeat = Heartbeat()
    heartbeat.start()
    begun_at = time.perf_counter()
    comparisons.start()
    wait_until(application, lambda: comparisons.state is JobState.COMPLETE)
    seconds = time.perf_counter() - begun_at
    window.close()
    return seconds, heartbeat


def one_after_the_other(n_runs: int) -> float:
    """Train the same runs with Stable-Baselines3; return the seconds all of them take."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    from ppo_desktop.ppo.presets import presets_for

    torch.set_num_threads(1)
    values = presets_for("CartPole-v1")[0].hyperparameters
    begun_at = time.perf_counter()
    for run in range(n_runs):
        environments = make_vec_env("CartPole-v1", values.n_envs, seed=run)
        PPO(
            "MlpPolicy",
            environments,
            learning_rate=values.learning_rate,
            n_steps=values.rollout_length,
            batch_size=values.samples_per_rollout // values.n_minibatches,
            n_epochs=values.n_epochs,
            gamma=values.gamma,
            gae_lambda=values.gae_lambda,
            clip_range=VALUES[run % len(VALUES)],
            policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}, "activation_fn": torch.nn.Tanh},
            seed=run // len(VALUES),
            device="cpu",
        ).learn(STEPS, log_interval=None)  # type: ignore[arg-type]
        environments.close()
    return (time.perf_counter() - begun_at) * len(VALUES) * N_SEEDS / n_runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1600x1000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sb3-runs", type=int, default=15, help="runs of Stable-Baselines3; 0 for none")
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    sys.setswitchinterval(0.001)  # as the application itself does
    with tempfile.TemporaryDirectory() as home, busy(options.busy):
        os.environ["PPO_DESKTOP_HOME"] = home
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
        application = QApplication([])
        taken = []
        for _ in range(options.repeats):
            seconds, heartbeat = in_the_window(application, (width, height))
            taken.append(seconds)
            print(f"compared in {seconds:.1f} s; {heartbeat}", flush=True)
        if options.sb3_runs:
            theirs = one_after_the_other(options.sb3_runs)
            print(f"stable-baselines3, one run after the other: {theirs:.0f} s")
            print(f"ratio {theirs / median(taken):.1f}")


if __name__ == "__main__":
    main()
