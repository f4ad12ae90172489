"""What does it cost to write runs for TensorBoard? One table: processor time, bytes, how long others wait.

    python tests/benchmarks/exporting.py [--updates 20000] [--episodes 100000] [--steps 100000]

The first run was never learnt, so that nothing is learnt again for histograms; the second is CartPole's first
preset, kept and written with its histograms. Meanwhile another thread wakes every millisecond: "late by" is
how long it waited at most, and in 99 of 100 cases. With PPO_DESKTOP_HOME set, the fast engine is not
compiled; runs are kept in a temporary folder all the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ppo_desktop.exports.subject import ExportedRun  # noqa: E402
from ppo_desktop.exports.tensorboard import write_tensorboard  # noqa: E402
from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.engines import PYTORCH  # noqa: E402
from ppo_desktop.ppo.presets import presets_for  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402
from ppo_desktop.ppo.trainer import LONGEST_STRIDE  # noqa: E402
from ppo_desktop.runs.journal import (  # noqa: E402
    MOST_ROWS,
    UPDATE_COLUMNS,
    Journal,
    episodes_line,
    first_line,
    updates_line,
)
from ppo_desktop.runs.keeping import JOURNAL  # noqa: E402
from ppo_desktop.runs.kept import KeptRun, begin  # noqa: E402

ENVIRONMENT = "CartPole-v1"
Row = tuple[str, str]


def settings(steps: int) -> RunSettings:
    values = presets_for(ENVIRONMENT)[0].hyperparameters.with_budget(steps)
    return RunSettings(ENVIRONMENT, Algorithm.PPO, values, seed=1)


def numbers(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Write a run of which only the numbers are there, drawn at random."""
    random, samples = np.random.default_rng(0), 256
    ends = samples * np.arange(1.0, options.updates + 1)
    updates = np.column_stack([ends, random.normal(size=(options.updates, len(UPDATE_COLUMNS) - 1))])
    steps = np.sort(random.integers(1, ends[-1], options.episodes)).astype(float)
    zeros, lengths = np.zeros(options.episodes), np.full(options.episodes, 200.0)
    episodes = np.column_stack([steps, zeros, random.normal(size=options.episodes), lengths])
    journal = Journal(settings(int(ends[-1])), PYTORCH)
    lines = [first_line(journal)]
    for first in range(0, len(episodes), MOST_ROWS):
        lines.append(episodes_line([tuple(row) for row in episodes[first : first + MOST_ROWS]]))
    for first in range(0, len(updates), MOST_ROWS):
        lines.append(updates_line(first + 1, [tuple(row) for row in updates[first : first + MOST_ROWS]]))
    folder.mkdir()
    (folder / JOURNAL).write_bytes(b"".join(lines))
    yield from written(f"{options.updates:,} updates, {options.episodes:,} episodes", KeptRun(folder))


def run(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Write a run that has learnt here, with its histograms."""
    trainer = begin(folder, settings(options.steps), print)
    trainer.stride = LONGEST_STRIDE
    for _ in trainer.events():
        pass
    assert trainer.keeper is not None
    yield from written(f"{ENVIRONMENT}, {options.steps:,} steps", KeptRun(trainer.keeper.folder))


def written(name: str, kept: KeptRun) -> Iterator[Row]:
    """Write a run while another thread wants to work, twice, as the first time loads what is needed."""
    for _ in range(2):
        with tempfile.TemporaryDirectory() as place:
            late: list[float] = []
            is_done = threading.Event()
            waiting = threading.Thread(target=_wait, args=(is_done, late))
            waiting.start()
            begun = time.thread_time()
            write_tensorboard(ExportedRun(kept), Path(place) / "run", lambda share: None)
            taken = time.thread_time() - begun
            is_done.set()
            waiting.join()
            size = sum(file.stat().st_size for file in Path(place).rglob("events*"))
    waited = f"late by {1000 * max(late):.0f} ms, {1000 * np.quantile(late, 0.99):.0f} ms"
    yield name, f"{taken:.2f} s, {size / 1e6:.1f} MB, {waited}"


def _wait(is_done: threading.Event, late: list[float]) -> None:
    while not is_done.is_set():
        begun = time.perf_counter()
        time.sleep(0.001)
        late.append(time.perf_counter() - begun - 0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--updates", type=int, default=20_000)
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in (numbers, run):
            for name, value in part(options, Path(folder) / part.__name__):
                print(f"{name:45}{value}", flush=True)


if __name__ == "__main__":
    main()
