"""How fast are the engines? One table of everything that was promised about their speed.

Contestants take turns, so that the machine's own mood falls out of the ratios.

    python tests/benchmarks/engines.py [--parts speed,limit,jax,solve,threads,agents,window,memory]
        [--repeats 5] [--jax COMMAND]

`speed`: environment steps per CPU-second on three settings, against Stable-Baselines3.
`limit`: what the arithmetic alone would let the compiled engine reach, and the share that it reaches.
`jax`: the compiled engine and the same training as a program of JAX, see `jax_ppo.py`; only if `--jax` says
    what starts a Python that has it, as `--jax "uv run --no-project --with jax==0.10.2 python"`.
`solve`: seconds until CartPole's mean return of 100 episodes has reached 475, of 5 seeds.
`threads`: 1, 2 and 4 learners at once in threads, against one after the other.
`agents`: steps per CPU-second with 1 to 256 agents.
`window`: with the window open and everything visible (needs a screen, or xvfb-run).
`memory`: growth over ten million steps.
"""

from __future__ import annotations

import argparse
import json
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from limit import limit_of  # noqa: E402
from speed import (  # noqa: E402
    CONTESTANTS,
    LEARNING_RATE,
    SETTINGS,
    Setting,
    median_and_range,
    our_settings,
    speed_of,
    stable_baselines3,
)

from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.engines import COMPILED, PYTORCH  # noqa: E402
from ppo_desktop.ppo.engines.choice import make_engine  # noqa: E402
from ppo_desktop.ppo.events import Event, RunFinished  # noqa: E402
from ppo_desktop.ppo.hyperparameters import Hyperparameters  # noqa: E402
from ppo_desktop.ppo.presets import presets_for  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer  # noqa: E402
from ppo_desktop.runs.runner import Runner  # noqa: E402

ENVIRONMENT = "CartPole-v1"
SEEDS = range(1, 6)
Row = tuple[str, str, str, str]
"""What was measured, and what came out: compiled, PyTorch, ratio."""


def speed(repeats: int) -> Iterator[Row]:
    """Compare both engines with Stable-Baselines3 on the three settings."""
    contestants = {**CONTESTANTS, "sb3": stable_baselines3}
    for letter, setting in SETTINGS.items():
        speeds: dict[str, list[float]] = {name: [] for name in contestants}
        for seed in range(repeats):
            for name, contestant in contestants.items():
                steps = 200_000 if name == COMPILED else 16_384
                speeds[name].append(speed_of(contestant, setting, seed, steps))
        ratios = {
            name: [ours / theirs for ours, theirs in zip(speeds[name], speeds["sb3"], strict=True)]
            for name in CONTESTANTS
        }
        yield (
            f"{letter}: {setting}; steps per CPU-second",
            _number(median(speeds[COMPILED])),
            _number(median(speeds[PYTORCH])),
            f"sb3 {_number(median(speeds['sb3']))}",
        )
        yield (
            f"{letter}: × sb3",
            median_and_range(ratios[COMPILED]),
            median_and_range(ratios[PYTORCH]),
            "",
        )


def limit(repeats: int) -> Iterator[Row]:
    """Compare the compiled engine with the limit that is counted from parts measured in the same run."""
    for letter, setting in SETTINGS.items():
        reachable = limit_of(setting)
        speeds = [speed_of(CONTESTANTS[COMPILED], setting, seed, 200_000) for seed in range(repeats)]
        yield (
            f"{letter}: {setting}; steps per CPU-second, of the limit's {_number(reachable)}",
            _number(median(speeds)),
            "",
            median_and_range([reached / reachable for reached in speeds]),
        )


def against_jax(command: list[str], repeats: int) -> Iterator[Row]:
    """Compare the compiled engine with JAX: how fast on the three settings, and whether both learn."""
    program = [*command, str(Path(__file__).with_name("jax_ppo.py"))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        ask = partial(_answer, process)
        for letter, setting in SETTINGS.items():
            ours: list[float] = []
            theirs: list[float] = []
            for seed in range(repeats):
                ours.append(speed_of(CONTESTANTS[COMPILED], setting, seed, 200_000))
                answer = ask("speed", setting, seed, 60_000)
                theirs.append(answer["speed"])
            yield (
                f"{letter}: {setting}; steps per CPU-second",
                _number(median(ours)),
                "",
                f"jax {_number(median(theirs))} after {answer['compilation']:.1f} s of compilation",
            )
            ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
            yield f"{letter}: × jax", median_and_range(ratios), "", ""
        setting, limit = SETTINGS["b"], 500_000
        ours = [_steps_until_solved(setting, seed, limit) for seed in SEEDS]
        theirs = [ask("solve", setting, seed, limit)["steps"] or limit for seed in SEEDS]
        yield (
            f"b: steps until CartPole is solved, of at most {_number(limit)}, median (range) of 5 seeds",
            _number_and_range(ours),
            "",
            f"jax {_number_and_range(theirs)}",
        )
        process.stdin.close()  # type: ignore[union-attr]


def _answer(process: subprocess.Popen[str], what: str, setting: Setting, seed: int, steps: int) -> Any:
    """Ask the program of JAX a question, and wait for its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    asked = {**asdict(setting), "learning_rate": LEARNING_RATE}
    print(
        json.dumps({"what": what, "setting": asked, "seed": seed, "steps": steps}),
        file=process.stdin,
        flush=True,
    )
    return json.loads(process.stdout.readline())


def _steps_until_solved(setting: Setting, seed: int, limit: int) -> float:
    settings = our_settings(setting, seed, stop_when_solved=True, total_steps=limit)
    trainer = Trainer(settings, make_engine(settings, COMPILED))
    trainer.stride = LONGEST_STRIDE
    run_to_the_end(trainer)
    return trainer.steps


def solve(_repeats: int) -> Iterator[Row]:
    """Take the time from the first step until CartPole is solved, with the default preset."""
    taken: dict[str, list[float]] = {COMPILED: [], PYTORCH: []}
    for seed in SEEDS:
        for engine, seconds in taken.items():
            trainer = make_trainer(engine, seed, stop_when_solved=True, total_steps=500_000)
            begun = time.perf_counter()
            run_to_the_end(trainer)
            seconds.append(time.perf_counter() - begun)
    yield (
        "CartPole solved (mean of 100 episodes 475), seconds, median (range) of 5 seeds",
        *(median_and_range(seconds) for seconds in taken.values()),
        f"{median(taken[PYTORCH]) / median(taken[COMPILED]):.1f} ×",
    )


def threads(repeats: int) -> Iterator[Row]:
    """Let learners go on at once, and the same learners one after the other."""
    for number in (1, 2, 4):
        cells = []
        for engine, steps in ((COMPILED, 400_000), (PYTORCH, 20_000)):
            gains = []
            for _ in range(repeats):
                alone = seconds_of(partial(run_in_turn, engine, number, steps))
                together = seconds_of(partial(run_together, engine, number, steps))
                gains.append(alone / together)
            cells.append(median_and_range(gains))
        yield f"{number} learners in threads, × one after the other", cells[0], cells[1], ""


def agents(_repeats: int) -> Iterator[Row]:
    """Measure the speed with more and more agents, 32 steps of each in a rollout."""
    for n_envs in (1, 4, 16, 64, 256):
        setting = Setting(n_envs, 32, min(256, n_envs * 32), 4)
        fast = speed_of(CONTESTANTS[COMPILED], setting, 1, 200_000)
        readable = speed_of(CONTESTANTS[PYTORCH], setting, 1, 16_384)
        yield (
            f"{n_envs} agents × 32 steps, 4 epochs; steps per CPU-second",
            _number(fast),
            _number(readable),
            f"{fast / readable:.1f} ×",
        )


def window(_repeats: int) -> Iterator[Row]:
    """Run the benchmark of the window in a process of its own."""
    script = Path(__file__).with_name("window.py")
    output = subprocess.run(
        [sys.executable, script, "--pages", "train", "--rest", "0"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    told = {words[0]: words[1:] for words in map(str.split, output.splitlines()) if words}
    yield "window open, training speed of headless speed", told["ratio"][0], "", ""
    for name, late in zip(("p99", "max"), told["train"][2:4], strict=True):
        yield f"window open, lateness of a 16 ms timer, {name}, ms", late, "", ""


def memory(_repeats: int) -> Iterator[Row]:
    """Measure how much the largest memory of the process grows after the first half million steps."""
    trainer = make_trainer(COMPILED, 1, total_steps=10_000_000)
    marks = [500_000, 10_000_000]
    sizes = []
    for event in trainer.events():
        if marks and trainer.steps >= marks[0]:
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # kilobytes on Linux
            marks.pop(0)
        if isinstance(event, RunFinished):
            break
    ((first, last),) = pairwise(sizes)
    yield "memory growth from 0.5 to 10 million steps, MB", f"{(last - first) / 1e3:.1f}", "", ""


PARTS: dict[str, Callable[[int], Iterator[Row]]] = {
    part.__name__: part for part in (speed, limit, solve, threads, agents, window, memory)
}


def make_trainer(engine: str, seed: int, **values: object) -> Trainer:
    """Return a run of CartPole's default preset."""
    preset = presets_for(ENVIRONMENT)[0].hyperparameters
    hyperparameters: Hyperparameters = preset.changed(values)  # type: ignore[arg-type]
    settings = RunSettings(ENVIRONMENT, Algorithm.PPO, hyperparameters, seed)
    trainer = Trainer(settings, make_engine(settings, engine))
    trainer.stride = LONGEST_STRIDE
    return trainer


def run_to_the_end(trainer: Trainer) -> None:
    for event in trainer.events():
        if isinstance(event, RunFinished):
            return


def run_in_turn(engine: str, number: int, steps: int) -> None:
    for seed in range(number):
        run_to_the_end(make_trainer(engine, seed, total_steps=steps))


def run_together(engine: str, number: int, steps: int) -> None:
    with Runner() as runner:
        for seed in range(number):
            runner.add(partial(make_trainer, engine, seed, total_steps=steps), _ignore)
        runner.wait()


def seconds_of(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _ignore(_event: Event) -> None:
    pass


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _number_and_range(values: list[float]) -> str:
    return f"{_number(median(values))} ({_number(min(values))}–{_number(max(values))})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=lambda text: text.split(","))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jax", type=shlex.split, metavar="COMMAND")
    options = parser.parse_args()
    parts = PARTS | ({"jax": partial(against_jax, options.jax)} if options.jax else {})
    if unknown := set(options.parts or ()) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; jax needs --jax")
    subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
    for engine in (COMPILED, PYTORCH):
        run_to_the_end(make_trainer(engine, 1, total_steps=2_000))  # loads what has to be loaded
    print("| | compiled | PyTorch | |\n|---|---|---|---|")
    for part in options.parts or parts:
        for row in parts[part](options.repeats):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
