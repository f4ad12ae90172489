"""Does the window stutter, and does it hold training back?

Opens the real window, trains CartPole-v1 with the default preset at full speed with everything
visible, and measures how late a 16 ms timer on the GUI thread fires. Training speed is compared
with runs without a window, before and after, in processes of their own.

    python tests/benchmarks/window.py [--seconds 60] [--size 1600x1000] [--skip-steps N]

Needs a screen; without one, set QT_QPA_PLATFORM=offscreen or use xvfb-run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

INTERVAL_MS = 16
HEADLESS_STEPS = 1_000_000


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

    def _beat(self) -> None:
        elapsed = self._clock.nsecsElapsed() / 1e6
        self._clock.restart()
        self.lateness.append(max(0.0, elapsed - INTERVAL_MS))

    def percentile(self, share: float) -> float:
        ordered = sorted(self.lateness)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def headless_speed(steps: int) -> float:
    """Return environment steps a second of `ppo-desktop train` with the same preset."""
    command = [sys.executable, "-m", "ppo_desktop", "train", "--total-steps", str(steps), "--json", "-"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return float(json.loads(output.splitlines()[-1])["steps_per_second"])


def window_speed(application: QApplication, seconds: float, size: tuple[int, int]) -> tuple[float, Heartbeat]:
    """Train in the window for `seconds`; return environment steps a second and the heartbeat."""
    from ppo_desktop.app import create_window
    from ppo_desktop.bridge.session import RunState

    window = create_window()
    window.resize(*size)
    window.show()
    session = window.session
    wait_until(application, lambda: session.frame is not None)
    session.train()
    wait_until(application, lambda: session.state is RunState.RUNNING and session.steps > 5_000)
    heartbeat = Heartbeat()
    heartbeat.start()
    steps, begun_at = session.steps, time.perf_counter()
    wait_until(application, lambda: time.perf_counter() - begun_at > seconds)
    speed = (session.steps - steps) / (time.perf_counter() - begun_at)
    window.close()
    return speed, heartbeat


def wait_until(application: QApplication, is_so) -> None:  # type: ignore[no-untyped-def]
    """Run the event loop until the condition holds."""
    check = QTimer()
    check.timeout.connect(lambda: application.exit() if is_so() else None)
    check.start(20)
    application.exec()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--size", default="1600x1000")
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    sys.setswitchinterval(0.001)  # as the application itself does
    with tempfile.TemporaryDirectory() as home:
        os.environ["PPO_DESKTOP_HOME"] = home
        before = headless_speed(HEADLESS_STEPS)
        in_window, heartbeat = window_speed(QApplication([]), options.seconds, (width, height))
        after = headless_speed(HEADLESS_STEPS)
    headless = (before + after) / 2
    print(f"window {width}x{height}, platform {QApplication.platformName()}, {options.seconds:.0f} s")
    print(f"lateness of a {INTERVAL_MS} ms timer, {len(heartbeat.lateness)} beats, milliseconds:")
    for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        print(f"  {name:7}{heartbeat.percentile(share):8.1f}")
    print(f"training in the window {in_window:9.0f} steps/s")
    print(f"training without it    {headless:9.0f} steps/s (before {before:.0f}, after {after:.0f})")
    print(f"ratio                  {in_window / headless:9.2f}")


if __name__ == "__main__":
    main()
