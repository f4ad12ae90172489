"""What a redraw of all plots costs after ten thousand and after ten million environment steps.

Run it from the repository root:

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/redraw.py [--size 600x900] [--rollout 1024]

Every redraw follows new episodes and a new update, so nothing is skipped, and includes the painting.
`--rollout 1` updates after every single step: the largest number of samples a run can give.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import math
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtWidgets import QApplication  # noqa: E402

from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.events import EpisodeEnded, HyperparametersChanged, UpdateFinished  # noqa: E402
from ppo_desktop.runs.history import History  # noqa: E402
from ppo_desktop.views.plots_panel import PlotsPanel  # noqa: E402
from ppo_desktop.views.theme import Theme  # noqa: E402
from tests.drawn_points import points_drawn  # noqa: E402
from tests.updates import UPDATE  # noqa: E402

SHORT, LONG = 10_000, 10_000_000
REDRAWS = 60


class ScriptedRun:
    """Says what a learning CartPole run says, without learning."""

    def __init__(self, rollout: int) -> None:
        self.history = History()
        self._rollout = rollout
        self._random = random.Random(1)
        self._episode_end = 0
        self._mean_return = 20.0
        self._update = 0
        self._events = self._endless()

    def play(self, steps: int) -> None:
        """Add everything up to `steps` environment steps to the history."""
        while self.history.steps < steps:
            self.history.add(next(self._events))

    def one_update(self) -> None:
        """Add events up to and with the next update."""
        while not isinstance(event := next(self._events), UpdateFinished):
            self.history.add(event)
        self.history.add(event)

    def _endless(self) -> Iterator[EpisodeEnded | UpdateFinished | HyperparametersChanged]:
        while True:
            self._update += 1
            end = self._update * self._rollout
            while self._episode_end < end:
                yield self._episode()
            yield self._update_finished(end)
            if end < SHORT and self._update & (self._update - 1) == 0:
                yield HyperparametersChanged(end, self._update, {"clip_range": (0.2, 1 / self._update)})

    def _episode(self) -> EpisodeEnded:
        episode_return = min(500.0, 20.0 + self._random.expovariate(1 / 150))
        self._episode_end += int(episode_return)
        self._mean_return += 0.02 * (episode_return - self._mean_return)
        return EpisodeEnded(self._episode_end, 0, episode_return, int(episode_return), self._mean_return)

    def _update_finished(self, steps: int) -> UpdateFinished:
        noise = self._random.random
        clipped = 0.1 + 0.05 * noise()
        policy, value = 0.1 + 0.1 * noise(), 20 + 20 * noise()
        return dataclasses.replace(
            UPDATE,
            update=self._update,
            steps=steps,
            mean_return_100=150.0,
            policy_entropy=0.3 + 0.1 * noise(),
            clip_fraction=clipped,
            gradient_cut_fraction=0.6 * clipped,
            approx_kl=0.01 * noise(),
            explained_variance=noise(),
            value_loss=50 * noise(),
            gradient_norm=math.hypot(policy, value),
            policy_gradient_norm=policy,
            value_gradient_norm=value,
        )


def milliseconds_per_redraw(application: QApplication, panel: PlotsPanel, run: ScriptedRun) -> list[float]:
    """Return what each of `REDRAWS` redraws took, painting included, in ms."""
    panel.redraw(run.history)
    application.processEvents()
    taken = []
    gc.collect()
    for _ in range(REDRAWS):
        run.one_update()
        start = time.perf_counter()
        panel.redraw(run.history)
        application.processEvents()
        taken.append(1e3 * (time.perf_counter() - start))
    return taken


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="600x900", help="width and height of the panel in pixels")
    parser.add_argument("--rollout", type=int, default=1024, help="environment steps per update")
    arguments = parser.parse_args()
    application = QApplication([])
    panel = PlotsPanel(Theme(application))
    panel.resize(*(int(side) for side in arguments.size.split("x")))
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    panel.show()
    run = ScriptedRun(arguments.rollout)
    medians = []
    print(f"{'steps':>12} {'points':>8} {'median ms':>10} {'p95 ms':>8}")
    for steps in (SHORT, LONG):
        run.play(steps)
        taken = milliseconds_per_redraw(application, panel, run)
        medians.append(statistics.median(taken))
        points = points_drawn(*panel.plots)
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"{steps:>12,} {points:>8,} {medians[-1]:>10.2f} {p95:>8.2f}")
    print(f"ratio {medians[1] / medians[0]:.2f}")


if __name__ == "__main__":
    main()
