"""Does the window stutter, does it hold training back, and does it rest when nothing learns?

Opens the real window in a process of its own for each page, everything visible, and measures how late a
16 ms timer on the GUI thread fires: on Train while CartPole-v1 learns at full speed with the default preset,
on Compare in the first comparison of the program, on Tune while the first search begins and goes on, on Maps
while 400 cells fill and, once some are measured, as a film beside that. The
speed of Train is compared with runs without a window, before and after, beside the same other processes.
At the end of each the page is left alone and the processor time that it takes is counted.

    python tests/benchmarks/window.py [--busy N] [--pages train,compare,tune,maps] [--seconds 60] [--rest 20]
        [--size 1600x1000] [--views]

`--busy N`: N other processes compute all the time meanwhile, as a browser does beside a window.
`--rest 0`: what a page takes at rest is not measured.
`--views`: instead of pages, every view of the update on Train, each in a process of its own.
With PPO_DESKTOP_HOME set, the fast engine is not compiled each time.
Needs a screen; without one, set QT_QPA_PLATFORM=offscreen or use xvfb-run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

if TYPE_CHECKING:
    from ppo_desktop.views.main_window import MainWindow

INTERVAL_MS = 16
PAGES = ("train", "compare", "tune", "maps")
HEADLESS_SECONDS = 8
SETTLING_SECONDS = 15
"""After this time players have come to rest, and what shall be measured has been."""
SHARES = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


class Heartbeat(QObject):
    """Notes how many milliseconds too late each beat of a 16 ms timer comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lateness: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._clock.start()
        self._timer.start(INTERVAL_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        elapsed = self._clock.nsecsElapsed() / 1e6
        self._clock.restart()
        self.lateness.append(max(0.0, elapsed - INTERVAL_MS))

    def percentile(self, share: float) -> float:
        ordered = sorted(self.lateness)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def numbers(self) -> dict[str, float]:
        return {name: self.percentile(share) for name, share in SHARES}

    def __str__(self) -> str:
        told = ", ".join(f"{name} {late:.1f}" for name, late in self.numbers().items())
        return f"lateness of a {INTERVAL_MS} ms timer, milliseconds: {told}"


BUSY = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def busy(n_processes: int) -> Iterator[None]:
    """Let so many processes compute meanwhile, each in a session of its own, as programs of a desktop are."""
    others = [
        subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) for _ in range(n_processes)
    ]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def headless_speed(seconds: float) -> float:
    """Return environment steps a second of `ppo-desktop train` with the same preset."""
    command = [sys.executable, "-m", "ppo_desktop", "train", "--total-steps", "100000000", "--json", "-"]
    seen: list[tuple[float, int]] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            steps = json.loads(line).get("steps", 0)
            if steps > 5_000:
                seen.append((time.perf_counter(), steps))
                if seen[-1][0] - seen[0][0] > seconds:
                    break
        process.terminate()
    (begun, first), (ended, last) = seen[0], seen[-1]
    return (last - first) / (ended - begun)


def wait_until(application: QApplication, is_so: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds."""
    check = QTimer()
    check.timeout.connect(lambda: application.exit() if is_so() else None)
    check.start(20)
    application.exec()


def wait(application: QApplication, seconds: float) -> None:
    """Run the event loop for so long, with nothing else to do."""
    QTimer.singleShot(round(1000 * seconds), application.exit)  # to quit would close the window
    application.exec()


def learn_in_train(application: QApplication, window: MainWindow, seconds: float) -> tuple[Heartbeat, float]:
    """Train for `seconds`; return how late the timer was, and environment steps a second."""
    from ppo_desktop.bridge.session import RunState

    session = window.session
    session.train()
    wait_until(application, lambda: session.state is RunState.RUNNING and session.steps > 5_000)
    heartbeat = Heartbeat()
    heartbeat.start()
    steps, begun_at = session.steps, time.perf_counter()
    wait(application, seconds)
    speed = (session.steps - steps) / (time.perf_counter() - begun_at)
    heartbeat.stop()
    session.pause()
    return heartbeat, speed


def learn_in_compare(application: QApplication, window: MainWindow, seconds: float) -> tuple[Heartbeat, None]:
    """Compare five values with three seeds each, to the end or for `seconds`."""
    from ppo_desktop.bridge.job_session import JobState

    comparisons = window.comparisons
    comparisons.planning.choose_field("clip_range")
    comparisons.planning.set_values("0.02, 0.1, 0.2, 0.4, 0.8")
    comparisons.planning.set_seeds(3)
    comparisons.planning.set_total_steps(150_000)
    wait_until(application, lambda: not comparisons.is_waiting_for_engine)
    heartbeat, until = Heartbeat(), time.perf_counter() + seconds
    heartbeat.start()
    comparisons.start()
    wait_until(
        application,
        lambda: comparisons.state is JobState.COMPLETE or time.perf_counter() > until,
    )
    heartbeat.stop()
    assert comparisons.share_done
    comparisons.stop()
    return heartbeat, None


def learn_in_tune(application: QApplication, window: MainWindow, seconds: float) -> tuple[Heartbeat, None]:
    """Search four hyperparameters for `seconds`, from the first trial on."""
    from ppo_desktop.bridge.job_session import JobState

    tune = window.tune
    for field in ("clip_range", "entropy_coef", "rollout_length", "learning_rate"):
        tune.drafting.tick(field, True)
    tune.drafting.set_total_steps(50_000)
    tune.drafting.set_seeds(2)
    tune.drafting.set_trials(1000)
    heartbeat = Heartbeat()
    heartbeat.start()
    tune.start()
    wait(application, seconds)
    heartbeat.stop()
    assert tune.state is JobState.RUNNING
    tune.stop()
    wait_until(application, lambda: tune.state is JobState.RESTING)
    return heartbeat, None


def learn_in_maps(application: QApplication, window: MainWindow, seconds: float) -> tuple[Heartbeat, None]:
    """Measure 20 × 20 cells of three short runs for `seconds`, from the first on; play the film at last."""
    from ppo_desktop.bridge.job_session import JobState
    from ppo_desktop.views.maps.film_strip import FilmStrip

    maps = window.maps
    for place, line in enumerate(("0.02:0.8:20", "1e-4:1e-2:20")):
        maps.drafting.set_values(place, line)
    maps.drafting.set_seeds(3)
    maps.drafting.set_total_steps(1_000)
    maps.show_second(True)
    heartbeat = Heartbeat()
    heartbeat.start()
    maps.start()
    wait(application, 0.8 * seconds)
    window.findChild(FilmStrip).toggle()
    wait(application, 0.2 * seconds)
    heartbeat.stop()
    assert maps.digest is not None
    print(f"{maps.digest[0].n_measured} cells measured", file=sys.stderr)
    maps.stop()
    wait_until(application, lambda: maps.state is JobState.RESTING)
    return heartbeat, None


LEARNING = {
    "train": learn_in_train,
    "compare": learn_in_compare,
    "tune": learn_in_tune,
    "maps": learn_in_maps,
}


def measure(
    page: str, view: str, seconds: float, rest: float, size: tuple[int, int]
) -> dict[str, float | None]:
    """Open the window on a page and a view of the update, let it learn, then let it rest."""
    from ppo_desktop.app import create_window
    from ppo_desktop.views.update_panel import UpdatePanel

    sys.setswitchinterval(0.001)  # as the application itself does
    application = QApplication([])
    window = create_window()
    window.resize(*size)
    window.show()
    wait_until(application, lambda: window.session.frame is not None)
    window.show_page(next(each for each in window.pages if each.id == page))  # it begins with that last left
    if view:
        window.findChild(UpdatePanel).show_view(view)
    wait(application, 1)
    heartbeat, speed = LEARNING[page](application, window, seconds)
    at_rest = processors_at_rest(application, rest) if rest else None
    window.close()
    return {**heartbeat.numbers(), "beats": len(heartbeat.lateness), "at rest": at_rest, "speed": speed}


def processors_at_rest(application: QApplication, seconds: float) -> float:
    """Return how many processors the window takes when nothing learns any more."""
    wait(application, SETTLING_SECONDS)
    used = time.process_time()
    wait(application, seconds)
    return (time.process_time() - used) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--size", default="1600x1000")
    parser.add_argument("--rest", type=float, default=20)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--pages", type=lambda text: text.split(","), default=list(PAGES))
    parser.add_argument("--views", action="store_true")
    parser.add_argument("--view", default="", help=argparse.SUPPRESS)
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    if options.in_this_process:
        print(
            json.dumps(
                measure(options.pages[0], options.view, options.seconds, options.rest, (width, height))
            )
        )
        return
    print(f"window {width}x{height}, {options.seconds:.0f} s a page, {options.busy} busy processes beside it")
    print(f"lateness of a {INTERVAL_MS} ms timer in milliseconds; processor time at rest, % of a core")
    print(f"{'page':22}{'median':>8}{'p95':>8}{'p99':>8}{'max':>8}{'beats':>8}{'at rest':>9}")
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("PPO_DESKTOP_HOME", home)
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
        with busy(options.busy):
            if options.views:
                from ppo_desktop.views.update_panel import VIEWS

                for view in VIEWS:
                    tell("train", options, view)
            else:
                for page in options.pages:
                    tell(page, options)


def tell(page: str, options: argparse.Namespace, view: str = "") -> None:
    """Measure a page in a process of its own and print its row, and beside Train the speed without it."""
    before = headless_speed(HEADLESS_SECONDS) if page == "train" else math.nan
    own = ["--pages", page, "--view", view, "--seconds", str(options.seconds), "--rest", str(options.rest)]
    command = [sys.executable, __file__, "--in-this-process", *own, "--size", options.size]
    seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    late = "".join(f"{seen[name]:8.1f}" for name, _ in SHARES)
    at_rest = "" if seen["at rest"] is None else f"{100 * seen['at rest']:9.1f}"
    print(f"{view or page:22}{late}{seen['beats']:8}{at_rest}", flush=True)
    if page == "train":
        after = headless_speed(HEADLESS_SECONDS)
        headless = (before + after) / 2
        print(f"steps/s in the window  {seen['speed']:.0f}")
        print(f"steps/s without it     {headless:.0f} (before {before:.0f}, after {after:.0f})")
        print(f"ratio                  {seen['speed'] / headless:.2f}", flush=True)


if __name__ == "__main__":
    main()
