"""Is the first estimate within a factor 1.5 of the time taken? Twelve comparisons and searches.

Each is a command on a terminal of its own, as somebody would type it; what it promises at its beginning is
held against what it takes from then on. All of them together take some minutes.

    python tests/benchmarks/estimates.py [--only compare,tune] [--busy 2] [--fresh]

`--busy N`: N processes compute beside it all the time, and each case has fewer steps. `--fresh`: each begins
with nothing known.
It needs a system with pseudo-terminals: Linux or macOS.
"""

from __future__ import annotations

import argparse
import math
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 1.5
FEWER_STEPS = 3
"""By this number the steps of each case are divided on a busy machine, so that all end within minutes."""
CASES = (
    "compare --vary clip_range=0.02,0.1,0.2,0.4,0.8 --seeds 3 --total-steps 100000",
    "compare --vary n_epochs=1,5,20 --seeds 4 --total-steps 80000",
    "compare --vary gamma=0.9,0.99 --algorithm a2c --seeds 5 --total-steps 150000",
    "compare --vary clip_range=0.1,0.2,0.3,0.4 --seeds 10 --env GridWorld-v0 --total-steps 30000",
    "compare --vary rollout_length=64,256,1024 --seeds 2 --env Acrobot-v1 --total-steps 150000",
    "compare --vary hidden_units=16,64,256 --seeds 1 --env Pendulum-v1 --total-steps 50000",
    "compare --vary clip_range=0.2 --seeds 1 --total-steps 600000",
    "compare --vary clip_range=0.1,0.3 --seeds 2 --engine pytorch --total-steps 20000",
    "compare --vary n_envs=2,8 --seeds 2 --env CartPole-v0 --total-steps 12000",
    "tune --study {study} --vary learning_rate,n_epochs=1:20 --trials 12 --total-steps 40000",
    "tune --study {study} --vary learning_rate --pruner median --trials 30 --total-steps 40000",
    "tune --study {study} --vary gamma --env CartPole-v0 --trials 3 --total-steps 6400",
)


def promise_and_time(command: str, home: str) -> tuple[float, float, float, str]:
    """Return what a command promised and took, seconds, how many processors it had, and what it wrote."""
    program = [sys.executable, "-m", "ppo_desktop", *command.split()]
    environment = {**os.environ, "PPO_DESKTOP_HOME": home}
    controller, terminal = pty.openpty()
    started = time.perf_counter()
    process = subprocess.Popen(
        program, cwd=ROOT, env=environment, stdout=terminal, stderr=terminal, close_fds=True
    )
    os.close(terminal)
    written, promised, begun = "", math.nan, 0.0
    while chunk := _read(controller):
        written += chunk
        found = re.search(r"about ([\d.]+) (s|min|h)\b", written)
        if found and not begun:
            begun = time.perf_counter()
            promised = float(found[1]) * {"s": 1, "min": 60, "h": 3600}[found[2]]
        if re.search(r"completed: |interrupted: |failed: ", written):
            break
    taken = time.perf_counter() - begun if begun else math.nan
    while _read(controller):
        pass
    os.close(controller)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # it has been waited for
    lived = time.perf_counter() - started
    return promised, taken, (usage.ru_utime + usage.ru_stime) / lived, written


def _read(controller: int) -> str:
    try:
        return os.read(controller, 4096).decode(errors="replace")
    except OSError:  # how Linux says that the other end is closed
        return ""


@contextmanager
def busy(n_processes: int) -> Iterator[None]:
    """Let so many processes compute meanwhile."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n_processes)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def shortened(case: str) -> str:
    """Return a case with fewer steps."""
    return re.sub(r"(?<=--total-steps )\d+", lambda steps: str(int(steps[0]) // FEWER_STEPS), case)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=lambda text: text.split(","), default=["compare", "tune"])
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    n_within = n_done = 0
    print("| promised, s | taken, s | factor | processors it had | |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home, busy(options.busy):
        environment = {**os.environ, "PPO_DESKTOP_HOME": home}
        subprocess.run(
            [sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, env=environment, check=True
        )
        for number, case in enumerate(CASES):
            if case.split()[0] not in options.only:
                continue
            if options.fresh:
                (Path(home) / "cache" / "speeds.json").unlink(missing_ok=True)
            command = (shortened(case) if options.busy else case).format(study=f"estimates-{number}")
            promised, taken, processors, written = promise_and_time(command, home)
            factor = max(promised / taken, taken / promised)
            n_done, n_within = n_done + 1, n_within + (factor <= WITHIN)
            print(
                f"| {promised:.0f} | {taken:.1f} | {taken / promised:.2f} | {processors:.2f} | {command} |",
                flush=True,
            )
            if math.isnan(promised):
                print(written)
    print(f"\n{n_within} of {n_done} within a factor {WITHIN}")


if __name__ == "__main__":
    main()
