"""Are the kernels that are shipped as fast as kernels for this very processor, and there at the first start?

    python tests/benchmarks/kernels.py [--parts speed,first] [--repeats 7] [--steps 200000]

`speed`: environment steps per CPU-second on the settings of `speed.py`, with the kernels that are shipped,
with those for this processor, for one without AVX-512, and for one without AVX2. They take turns, so that the
machine's own mood falls out of the ratios.
`first`: seconds from the start of the process until the fast engine serves the window, in an empty home, with
the kernels in the installation, and without them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import llvmlite.binding

ROOT = Path(__file__).resolve().parents[2]
HERE = llvmlite.binding.get_host_cpu_name()
PROCESSORS = {
    "shipped": {},
    f"for {HERE}": {"NUMBA_CPU_NAME": HERE},
    **{
        f"for {name}": {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": ""}
        for name in ("x86-64-v3", "x86-64-v2")
    },
}
"""What kernels are compiled for, and how Numba is told so."""
MEASURE = """
import sys
import torch
sys.path.append("tests/benchmarks")
from speed import CONTESTANTS, SETTINGS, speed_of
torch.set_num_threads(1)
speed_of(CONTESTANTS["compiled"], SETTINGS["a"], 0, 2_000)  # loads what has to be loaded
for line in sys.stdin:
    letter, seed, steps = line.split()
    print(speed_of(CONTESTANTS["compiled"], SETTINGS[letter], int(seed), int(steps)), flush=True)
"""
START = """
import sys, time
from PySide6.QtWidgets import QApplication
application = QApplication([])
from ppo_desktop.app import create_window
window = create_window()

def look():
    if window.session.engine == "compiled":
        print(time.time() - float(sys.argv[1]))
        window.close()
        application.quit()

window.session.run_changed.connect(look)
window.show()
application.exec()
"""


class Contestant:
    """A process that measures the speed with kernels for one processor, when it is asked."""

    def __init__(self, home: str, told: dict[str, str]) -> None:
        environment = os.environ | {"PPO_DESKTOP_HOME": home, "PYTHONPATH": str(ROOT)} | told
        prepare = [sys.executable, "-m", "ppo_desktop", "prepare-engine"]
        subprocess.run(prepare, cwd=ROOT, env=environment, check=True)
        self._process = subprocess.Popen(
            [sys.executable, "-c", MEASURE],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def speed(self, letter: str, seed: int, steps: int) -> float:
        assert self._process.stdin
        assert self._process.stdout
        print(letter, seed, steps, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate()


def speed(repeats: int, steps: int) -> None:
    """Compare kernels for several processors."""
    with tempfile.TemporaryDirectory() as home:
        contestants = {name: Contestant(home, told) for name, told in PROCESSORS.items()}
        print(f"| steps per CPU-second, median of {repeats} | {' | '.join(contestants)} |")
        for letter in "abc":
            rounds = [
                [contestant.speed(letter, seed, steps) for contestant in contestants.values()]
                for seed in range(repeats)
            ]
            cells = [
                f"{median(speeds):,.0f} × {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
                for speeds, ratios in (
                    (
                        [speeds[number] for speeds in rounds],
                        [speeds[number] / speeds[0] for speeds in rounds],
                    )
                    for number in range(len(contestants))
                )
            ]
            print(f"| {letter} | {' | '.join(cells)} |", flush=True)
        for contestant in contestants.values():
            contestant.end()


def first(repeats: int, _steps: int) -> None:
    """Take the time until the fast engine serves somebody who has never started the program."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Path(folder)
        leave_out = shutil.ignore_patterns("__pycache__", "kernels.*")
        for name in ("ppo_desktop", "resources", "docs"):
            shutil.copytree(ROOT / name, installation / name, ignore=leave_out)
        environment = os.environ | {"PYTHONPATH": folder}
        first_start(environment)  # writes bytecode
        without = [first_start(environment) for _ in range(repeats)]
        prepare = [sys.executable, "-m", "ppo_desktop", "prepare-engine", "--in-installation"]
        subprocess.run(prepare, cwd=folder, env=environment, check=True)
        with_kernels = [first_start(environment) for _ in range(repeats)]
    print(f"| seconds from the first start to the fast engine, median of {repeats} | |")
    print(f"| kernels in the installation | {median(with_kernels):.1f} |")
    print(f"| kernels compiled | {median(without):.1f} |")


def first_start(environment: dict[str, str]) -> float:
    """Return how many seconds it takes in an empty home."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-c", START, str(time.time())]
        told = subprocess.check_output(
            command, cwd=home, env=environment | {"PPO_DESKTOP_HOME": home}, text=True
        )
    return float(told)


PARTS = {part.__name__: part for part in (speed, first)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=200_000)
    options = parser.parse_args()
    for part in options.parts:
        PARTS[part](options.repeats, options.steps)


if __name__ == "__main__":
    main()
