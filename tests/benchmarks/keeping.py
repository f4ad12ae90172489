"""What does it cost to keep a run? One table: speed, bytes, the way to a moment, and ten million steps.

A run that is kept and one that is not learn by turns, so that the machine's own mood falls out of the ratio.

    python tests/benchmarks/keeping.py [--parts cost,size,moments,window,long] [--repeats 9]
        [--engine compiled] [--steps 1000000] [--long-steps 10000000]

`cost`: processor time, that of the thread that writes included, with CartPole's default preset.
`size`: bytes on the disk for a million steps, with each engine.
`moments`: processor time until a moment is there again as Train shows it, at a keyframe and between two.
`window`: processor time of the play head's moves in the real window: of the learner's thread until the moment
    is there, and of the window's until all is drawn again. With PPO_DESKTOP_HOME set, the fast engine is not
    compiled; without a screen, set QT_QPA_PLATFORM=offscreen.
`long`: growth of memory over many steps, and bytes on the disk.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ppo_desktop.ppo.algorithms import Algorithm  # noqa: E402
from ppo_desktop.ppo.engines import COMPILED, PYTORCH  # noqa: E402
from ppo_desktop.ppo.engines.choice import make_engine  # noqa: E402
from ppo_desktop.ppo.presets import presets_for  # noqa: E402
from ppo_desktop.ppo.rollout import PATH_STEPS  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer  # noqa: E402
from ppo_desktop.runs.keeping import KeptTrainer  # noqa: E402
from ppo_desktop.runs.kept import KeptRun, begin  # noqa: E402
from ppo_desktop.runs.past import Past, Visit  # noqa: E402

ENVIRONMENT = "CartPole-v1"
STEPS = {COMPILED: 300_000, PYTORCH: 40_000}
"""Of which the cost is measured."""
UPDATES_BY_TURNS = 10
Row = tuple[str, str]


def cost(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Compare a kept run with the same run that is not kept; both learn by turns, some updates at a time."""
    for engine, steps in STEPS.items():
        ratios = []
        for repeat in range(options.repeats):
            runs = make(engine, repeat, None), make(engine, repeat, folder)
            events = [run.events() for run in runs]
            taken = [0.0, 0.0]
            in_all_threads, in_this = time.process_time(), time.thread_time()
            while runs[0].steps < steps:
                for place, run in enumerate(runs):
                    begun, until = time.thread_time(), run.update + UPDATES_BY_TURNS
                    while run.update < until:
                        next(events[place])
                    taken[place] += time.thread_time() - begun
            for one in events:
                one.close()
            written = (time.process_time() - in_all_threads) - (time.thread_time() - in_this)
            ratios.append((taken[1] + written) / taken[0] - 1)
        yield f"{engine}: keeping takes", f"{median(ratios):.1%} ({min(ratios):.1%} to {max(ratios):.1%})"


def size(_: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Say what a million steps take on the disk."""
    for engine in STEPS:
        kept = learnt(engine, folder, 1_000_000)
        total = bytes_of(kept.folder)
        keyframes = [file.stat().st_size for file in kept.folder.glob("*.npz")]
        in_keyframes = f"{sum(keyframes) / 1e6:.2f} of them in {len(keyframes)} keyframes"
        yield f"{engine}: a million steps take", f"{total / 1e6:.2f} MB, {in_keyframes}"


def moments(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Say how long the way to a moment of a run takes, with all that is known of the run by then."""
    kept = learnt(options.engine, folder, options.steps)
    there = keyframes_of(kept)[1:-1]
    replayed = 1 + PATH_STEPS // kept.settings.hyperparameters.rollout_length
    yield "opening the run takes", told([opened(kept.folder) for _ in range(5)])
    yield "at a keyframe", told([at_once(Past(kept), update) for update in there])
    yield "soon after one", told([visited(Past(kept), update + replayed) for update in there])
    yield "as far from one as can be", told([visited(Past(kept), update + replayed - 1) for update in there])
    past, middle = Past(kept), there[len(there) // 2]
    visited(past, middle)
    yield "then each of 20 before", told([visited(past, middle - back) for back in range(1, 21)])


def window(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Say how long moves of the play head take in the window."""
    from PySide6.QtWidgets import QApplication

    from ppo_desktop.app import create_window
    from ppo_desktop.user_files import runs_folder
    from tests.benchmarks.window import wait, wait_until

    del folder
    sys.setswitchinterval(0.001)  # as the application itself does
    application = QApplication([])
    kept = learnt(options.engine, runs_folder(), options.steps)
    main_window = create_window()
    main_window.resize(1280, 720)
    main_window.show()
    session, there = main_window.session, keyframes_of(kept)[1:-1]
    session.open_kept(kept.folder.name)
    wait_until(application, lambda: session.kept_run == kept.folder.name and session.minibatch is not None)
    wait(application, 2)

    def learner_has_taken() -> float:
        told: list[float] = []
        session.do_aside(lambda: told.append(time.thread_time()))
        wait_until(application, lambda: bool(told))
        return told[0]

    def move(update: int) -> tuple[float, float]:
        of_learner, of_window = learner_has_taken(), time.thread_time()
        session.show_update(update)
        wait_until(application, lambda: session.shown_update == update and session.frame is not None)
        until_there = learner_has_taken() - of_learner
        wait(application, 1)
        return until_there, time.thread_time() - of_window

    ways = {
        "at a keyframe": there[:8],
        "between two": [update - 1 for update in there[10:18]],
        "one back each": range(there[20], there[20] - 8, -1),
        "one on each": range(there[20], there[20] + 8),
    }
    for what, updates in ways.items():
        of_learner, of_window = zip(*map(move, updates), strict=True)
        yield what, f"learner {told(of_learner)}; window {told(of_window)}"
    main_window.close()
    shutil.rmtree(kept.folder)


def long(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Say how memory and disk grow over many steps."""
    run = make(COMPILED, 1, folder)
    seen: list[tuple[int, int]] = []
    with closing(run.events()) as events:
        for _ in events:
            if run.steps >= options.long_steps * (len(seen) + 1) / 10:
                seen.append((run.steps, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
                if len(seen) == 10:
                    break
    assert run.keeper is not None
    yield "memory", ", ".join(f"{rss / 1e3:.0f}" for _, rss in seen) + " MB after each tenth"
    yield f"{run.steps:,} steps take", f"{bytes_of(run.keeper.folder) / 1e6:.1f} MB on the disk"


# ---- what is measured ----------------------------------------------------------------------------


def make(engine: str, seed: int, folder: Path | None) -> KeptTrainer:
    preset = presets_for(ENVIRONMENT)[0]
    settings = RunSettings(
        ENVIRONMENT, Algorithm.PPO, preset.hyperparameters.changed({"total_steps": None}), seed
    )
    run = KeptTrainer(settings, make_engine(settings, engine))
    if folder is not None:
        run.engine.close()
        run = begin(folder, settings, lambda why: sys.exit(why), engine)
    run.stride = LONGEST_STRIDE
    return run


def learn(run: Trainer, steps: int) -> None:
    with closing(run.events()) as events:
        for _ in events:
            if run.steps >= steps:
                break


def learnt(engine: str, folder: Path, steps: int) -> KeptRun:
    run = make(engine, 1, folder)
    learn(run, steps)
    assert run.keeper is not None
    return KeptRun(run.keeper.folder)


def keyframes_of(kept: KeptRun) -> list[int]:
    """Return after which updates there are keyframes."""
    return sorted(int(file.stem.removeprefix("update-")) for file in kept.folder.glob("*.npz"))


def at_once(past: Past, update: int) -> float:
    begun = time.thread_time()
    visit = past.visit_at_once(update)
    assert visit is not None
    return seen(past, visit, begun)


def visited(past: Past, update: int) -> float:
    begun = time.thread_time()
    visit = past.visit(update)
    while not visit.is_there:
        visit.go_on()
    return seen(past, visit, begun)


def seen(past: Past, visit: Visit, begun: float) -> float:
    """Have a moment as Train shows it; return the seconds of this thread since then."""
    past.history_of(visit.run)
    visit.run.look(0, path=True)
    taken = time.thread_time() - begun
    visit.close()
    return taken


def told(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.0f} ms, at most {max(seconds) * 1000:.0f}"


def opened(folder: Path) -> float:
    begun = time.thread_time()
    KeptRun(folder)
    return time.thread_time() - begun


def bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


PARTS = {"cost": cost, "size": size, "moments": moments, "window": window, "long": long}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--engine", choices=STEPS, default=COMPILED)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--long-steps", type=int, default=10_000_000)
    options = parser.parse_args()
    for part in options.parts.split(","):
        folder = Path(tempfile.mkdtemp(prefix="kept runs "))
        try:
            for what, result in PARTS[part](options, folder):
                print(f"{what:34} {result}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
