"""How long until the window is painted, the learner is ready, and a first update is done?

Beside it the floor: an empty window of PySide6, in which the fast engine alone is made and does an update.
Both, and with --base another checkout, are started in turns in processes of their own, with bytecode and
compiled kernels in place; the first start of each warms the disk cache and is not counted. Printed are
milliseconds since the process was started, the least and the median, and those of processor time.

    python tests/benchmarks/startup.py [--times 7] [--base DIRECTORY]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = ("painted", "ready", "first update")

SAY = """
import sys, time
begun_at = float(sys.argv[1])

def say(what):
    passed, worked = time.time() - begun_at, time.process_time()
    print(what, round(1000 * passed), round(1000 * worked), sep=",", flush=True)
"""
FLOOR = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    is_painted = False

    def paintEvent(self, event):
        if not self.is_painted:
            self.is_painted = True
            QTimer.singleShot(0, painted)

def painted():
    say("painted")
    from ppo_desktop.ppo.algorithms import Algorithm
    from ppo_desktop.ppo.engines.choice import make_engine
    from ppo_desktop.ppo.events import UpdateFinished
    from ppo_desktop.ppo.presets import presets_for
    from ppo_desktop.ppo.settings import RunSettings
    from ppo_desktop.ppo.trainer import Trainer
    values = presets_for("CartPole-v1")[0].hyperparameters
    settings = RunSettings("CartPole-v1", Algorithm.PPO, values, 1)
    trainer = Trainer(settings, make_engine(settings))
    say("ready")
    trainer.stride = 256
    next(event for event in trainer.events() if isinstance(event, UpdateFinished))
    say("first update")
    application.quit()

application = QApplication([])
window = Window()
window.resize(1600, 1000)
window.show()
application.exec()
"""
OURS = """
import ppo_desktop.app
create_window = ppo_desktop.app.create_window

def create_and_follow():
    global window
    window = create_window()
    session = window.session
    prepare = session.prepare

    def painted():
        session.prepare = prepare
        say("painted")
        prepare()

    def ready():
        if session.frame is not None:
            session.frame_changed.disconnect(ready)
            say("ready")
            session.progress_changed.connect(updated)
            session.toggle_training()

    def updated():
        if session.state_entropies is not None:
            session.progress_changed.disconnect(updated)
            say("first update")
            window.close()

    session.prepare = painted
    session.frame_changed.connect(ready)
    return window

ppo_desktop.app.create_window = create_and_follow
from ppo_desktop.cli import run
run([])
"""

Start = dict[str, tuple[int, int]]
"""{moment: (milliseconds, milliseconds of processor time)}."""


def start(program: str, checkout: Path) -> Start:
    """Start a program once and return when it came to each moment."""
    command = [sys.executable, "-c", SAY + program, str(time.time())]
    output = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout
    told = [line.split(",") for line in output.splitlines()]
    return {moment: (int(passed), int(worked)) for moment, passed, worked in told}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--base", type=Path, help="another checkout to compare with")
    options = parser.parse_args()
    programs = {"floor": (FLOOR, ROOT), "ours": (OURS, ROOT)}
    if options.base is not None:
        programs["base"] = (OURS, options.base)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PPO_DESKTOP_HOME": folder, "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for checkout in {checkout for _, checkout in programs.values()}:
            command = [sys.executable, "-m", "ppo_desktop", "prepare-engine"]
            subprocess.run(command, cwd=checkout, check=True, stderr=subprocess.DEVNULL)
        starts: dict[str, list[Start]] = {name: [] for name in programs}
        for number in range(options.times + 1):
            for name, program in programs.items():
                begun = start(*program)
                if number:
                    starts[name].append(begun)
    print(f"{'':14}" + "".join(f"{name:>6} least  median  processor" for name in programs))
    for moment in MOMENTS:
        print(f"{moment:14}", end="")
        for name in programs:
            passed, worked = zip(*(begun[moment] for begun in starts[name]), strict=True)
            print(f"{min(passed):12} {statistics.median(passed):7.0f} {min(worked):10}", end="")
        print()


if __name__ == "__main__":
    main()
