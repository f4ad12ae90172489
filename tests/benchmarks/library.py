"""How long the Runs page takes with a thousand kept runs: to open, to find, to select, to sort, to scroll.

Run it from the repository root:

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/library.py [--runs 1000] [--size 1280x720]

The runs are made in a folder of their own: summaries as a run of 40 000 steps on CartPole leaves them.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtWidgets import QApplication  # noqa: E402

from ppo_desktop.app import create_window  # noqa: E402
from ppo_desktop.bridge.session import RunState  # noqa: E402
from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.presets import presets_for  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402
from ppo_desktop.runs.journal import Journal, Parent, first_line  # noqa: E402
from ppo_desktop.runs.keeping import JOURNAL, SUMMARY  # noqa: E402
from ppo_desktop.runs.summary import CURVE_POINTS, Summary  # noqa: E402
from ppo_desktop.user_files import runs_folder  # noqa: E402
from ppo_desktop.views.kit.table import Table  # noqa: E402

ENVIRONMENT_ID, STEPS = "CartPole-v1", 40_192


def make_runs(number: int) -> None:
    """Leave as many summaries, of which some are of branches."""
    values, draw, before = presets_for(ENVIRONMENT_ID)[0].hyperparameters, random.Random(1), ""
    for place in range(number):
        settings = RunSettings(ENVIRONMENT_ID, Algorithm.PPO, values, draw.randint(1, 5))
        parent = Parent(before, 60) if before and draw.random() < 0.1 else None
        curve = tuple((STEPS * n / CURVE_POINTS, 500 * draw.random()) for n in range(1, CURVE_POINTS + 1))
        summary = Summary(
            *(ENVIRONMENT_ID, "ppo", settings.seed, asdict(values), "compiled", parent),
            *(STEPS, 157, 214, 319.1, 286.6 * draw.random(), "completed", curve),
            changed={"clip_range": draw.choice([0.05, 0.1, 0.3])},
            symptom=draw.choice(["", "collapse"]),
        )
        before = f"2026{1 + place // 800:02}{1 + place // 40 % 20:02}-10{place % 40:02}00-{place:06x}"
        folder = runs_folder() / before
        folder.mkdir(parents=True)
        (folder / JOURNAL).write_bytes(first_line(Journal(settings, "compiled", parent)))
        (folder / SUMMARY).write_text(summary.to_json(), encoding="utf-8")


def measure(number: int, width: int, height: int) -> None:
    """Print the table."""
    application = QApplication([])
    window = create_window()
    window.resize(width, height)
    window.show()

    def wait(condition: Callable[[], bool]) -> None:
        while not condition():
            application.processEvents()

    wait(lambda: window.session.state is not RunState.LOADING)
    library = window.library
    begun = time.perf_counter()
    window.show_page(window.runs_page)
    wait(lambda: library.items is not None)
    table = window.findChild(Table, "runs_table")
    assert table is not None
    wait(lambda: table.model().rowCount() == number)
    table.viewport().repaint()
    _print(f"open {number} runs, until they are painted", [time.perf_counter() - begun])

    def seconds(act: Callable[[], object]) -> float:
        begun = time.perf_counter()
        act()
        application.processEvents()
        table.viewport().repaint()
        return time.perf_counter() - begun

    _print("find", [seconds(lambda text=text: library.find(text)) for text in ("c", "ca", "car", "")])
    _print("select 8", [seconds(lambda: table.select(library.shown[:8]))])
    _print("select all", [seconds(table.selectAll)])
    table.clearSelection()
    _print("sort", [seconds(lambda: table.arrange("last_return:falling"))])
    bar = table.verticalScrollBar()
    _print("scroll by 40 pixels", [seconds(lambda y=y: bar.setValue(y)) for y in range(0, 8_000, 40)])
    window.close()


def _print(what: str, seconds: list[float]) -> None:
    median, longest = (1000 * each for each in (statistics.median(seconds), max(seconds)))
    print(f"{what:<42}{median:8.0f} ms{longest:10.0f} ms at most")


def main() -> None:
    """Measure in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--size", default="1280x720")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as home:
        os.environ["PPO_DESKTOP_HOME"] = home
        make_runs(options.runs)
        measure(options.runs, width, height)


if __name__ == "__main__":
    main()
