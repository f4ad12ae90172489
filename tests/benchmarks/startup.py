"""How long until the window is painted, and until the learner is ready to train?

Starts the application several times in processes of their own (the first one warms the disk cache
and is not counted) and prints milliseconds from the start of the process.

    python tests/benchmarks/startup.py [--times 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys, time
begun_at = float(sys.argv[1])
from PySide6.QtCore import QObject, QEvent
from PySide6.QtWidgets import QApplication
application = QApplication([])
from ppo_desktop.app import create_window
window = create_window()

def say(what):
    print(what, round(1000 * (time.time() - begun_at)), flush=True)

def painted():
    say("painted")

def ready():
    if window.session.frame is not None:
        say("ready")
        window.close()
        application.quit()

prepare = window.session.prepare
def prepare_and_say():
    say("painted")
    prepare()
window.session.prepare = prepare_and_say
window.session.frame_changed.connect(ready)
window.show()
application.exec()
"""


def start_once() -> dict[str, int]:
    """Return {"painted": ms, "ready": ms} of one start."""
    import time

    command = [sys.executable, "-c", PROGRAM, str(time.time())]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name: int(value) for name, value in (line.split() for line in output.splitlines())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as home:
        os.environ["PPO_DESKTOP_HOME"] = home
        start_once()
        starts = [start_once() for _ in range(times)]
    for name in ("painted", "ready"):
        values = sorted(start[name] for start in starts)
        print(f"{name:8} median {statistics.median(values):6.0f} ms   worst {values[-1]:6.0f} ms")


if __name__ == "__main__":
    main()
