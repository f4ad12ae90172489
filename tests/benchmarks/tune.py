"""How long does a search in the window take, and does the window stutter with many trials in the study?

Opens the real window on its Tune page with everything visible. First a new study of ε, the entropy
coefficient, the rollout length and the learning rate (TPE, CartPole-v1, the default preset); then a
study in which there are many trials already, whose values are made up, goes on. Measures the time of
the first, and in both how late a 16 ms timer on the GUI thread fires.

    python tests/benchmarks/tune.py [--trials 60] [--trials-before 1000] [--size 1600x1000] [--busy N]

`--busy N`: N other processes compute all the time meanwhile.

Needs a screen; without one, use xvfb-run or set QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtWidgets import QApplication  # noqa: E402
from window import Heartbeat, busy, wait_until  # noqa: E402

from ppo_desktop.bridge.job_session import JobState  # noqa: E402
from ppo_desktop.bridge.tune_session import TuneSession  # noqa: E402
from ppo_desktop.study.dimension import usual_dimension  # noqa: E402
from ppo_desktop.study.place import Place  # noqa: E402
from ppo_desktop.study.study_plan import REPORTS, Objective, Strategy, StudyPlan  # noqa: E402

FIELDS = ("clip_range", "entropy_coef", "rollout_length", "learning_rate")
STEPS = 50_000
N_SEEDS = 2


def search(application: QApplication, tune: TuneSession, n_trials: int) -> tuple[float, Heartbeat]:
    """Do so many more trials; return the seconds they took and the heartbeat meanwhile."""
    tune.drafting.set_trials(n_trials)
    heartbeat = Heartbeat()
    heartbeat.start()
    begun_at = time.perf_counter()
    tune.start()
    wait_until(application, lambda: tune.state is JobState.RUNNING)
    wait_until(application, lambda: tune.state is JobState.RESTING)
    return time.perf_counter() - begun_at, heartbeat


def make_up(place: Place, n_trials: int) -> None:
    """Make a study with so many trials that nobody has done."""
    import optuna

    from ppo_desktop.ppo.algorithms import Algorithm
    from ppo_desktop.ppo.presets import presets_for
    from ppo_desktop.study.sampling import distributions
    from ppo_desktop.study.storage import create_study

    base = presets_for("CartPole-v1")[0].hyperparameters
    space = tuple(map(usual_dimension, FIELDS))
    plan = StudyPlan("CartPole-v1", Algorithm.PPO, base, space, Objective.EVALUATION, STEPS, N_SEEDS)
    study = create_study(place, plan, Strategy())
    random = Random(1)
    kinds = distributions(plan)
    for _ in range(n_trials):
        values = {dimension.field: dimension.value_at(random.random()) for dimension in space}
        height = 500 / (1 + abs(math.log(float(values["learning_rate"]) / 2e-3)))  # type: ignore[arg-type]
        curve = {
            STEPS * point // REPORTS: height * point / REPORTS * random.uniform(0.8, 1.0)
            for point in range(1, REPORTS + 1)
        }
        study.optuna.add_trial(
            optuna.create_trial(
                params=values,
                distributions=kinds,
                value=height * random.uniform(0.8, 1.0),
                intermediate_values=curve,
            )
        )
    study.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1600x1000")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--trials-before", type=int, default=1000)
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    sys.setswitchinterval(0.001)  # as the application itself does
    with tempfile.TemporaryDirectory() as home, busy(options.busy):
        os.environ["PPO_DESKTOP_HOME"] = home
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
        place = Place(Path(home) / "studies" / "many.db", "many")
        make_up(place, options.trials_before)
        application = QApplication([])
        measure(application, (width, height), options.trials, place)


def measure(application: QApplication, size: tuple[int, int], n_trials: int, place: Place) -> None:
    """Search in a new study, then in one that has many trials."""
    from ppo_desktop.app import create_window

    window = create_window()
    window.resize(*size)
    window.show_page(window.pages[2])
    window.show()
    wait_until(application, lambda: window.session.frame is not None)
    tune = window.tune
    for field in FIELDS:
        tune.drafting.tick(field, True)
    tune.drafting.set_total_steps(STEPS)
    tune.drafting.set_seeds(N_SEEDS)
    seconds, heartbeat = search(application, tune, n_trials)
    print(f"{n_trials} trials in {seconds:.1f} s, {60 * n_trials / seconds:.0f} a minute")
    print(f"  {heartbeat}", flush=True)
    heartbeat = Heartbeat()
    heartbeat.start()
    tune.open(place)
    wait_until(application, lambda: tune.place == place and tune.digest is not None)
    n_before = len(tune.digest.trials) if tune.digest else 0
    print(f"opening a study of {n_before} trials")
    print(f"  {heartbeat}", flush=True)
    seconds, heartbeat = search(application, tune, n_trials)
    print(f"{n_trials} more of {n_before} in {seconds:.1f} s, {60 * n_trials / seconds:.0f} a minute")
    print(f"  {heartbeat}", flush=True)
    window.close()


if __name__ == "__main__":
    main()
