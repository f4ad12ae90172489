"""Kept runs for tests: small ones, learnt here and now."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.runs.journal import Columns, Journal, Parent
from ppo_desktop.runs.keeping import JOURNAL, KeptTrainer, keyframe_file
from ppo_desktop.runs.kept import KeptRun, begin, branch
from ppo_desktop.user_files import runs_folder

SMALL = Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, n_epochs=2, hidden_units=8)


def keep_run(
    updates: int = 8,
    seed: int = 1,
    *,
    environment_id: str = "CartPole-v1",
    algorithm: Algorithm = Algorithm.PPO,
    engine: str = COMPILED,
    **values: Any,
) -> str:
    """Let a small run learn and be kept; return its id."""
    settings = RunSettings(environment_id, algorithm, SMALL.changed(values), seed)
    return _learn(begin(runs_folder(), settings, _fail, engine), updates)


def keep_branch(parent: str, at: int, updates: int = 12, **values: Any) -> str:
    """Let a kept run go on from an update with other values, in a folder of its own; return its id."""
    run = KeptRun(runs_folder() / parent).restore(at)
    branch(runs_folder(), run, Parent(parent, at), _fail)
    run.change(run.wanted.changed(values))
    return _learn(run, updates)


def numbers_of(journal: Journal) -> tuple[Columns, Columns]:
    """Return those of all updates and of all episodes, {name: (n,)} each."""
    updates, episodes = (
        {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        for pieces in zip(*journal.pieces(journal.updates), strict=True)
    )
    return updates, episodes


def keep_other_numbers(folder: Path) -> None:
    """Have the journal of a run say numbers that it does not come to here, as that of another processor.

    Its keyframes are taken away, as from one at its end nothing would be done again, and so seen to differ.
    """
    journal = folder / JOURNAL
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    for line in lines:
        if line.get("event") == "updates":
            other = np.full(line["n"], 0.5).astype("<f8").tobytes()
            line["columns"]["policy_entropy"] = base64.b64encode(zlib.compress(other)).decode()
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for keyframe in KeptRun(folder).journal.keyframes:
        keyframe_file(folder, keyframe).unlink()


def keep_on(run: str, updates: int) -> None:
    """Let a kept run go on to an update."""
    kept = KeptRun(runs_folder() / run)
    trainer = kept.restore()
    assert kept.keep(trainer, _fail)
    _learn(trainer, updates)


def _learn(run: KeptTrainer, updates: int) -> str:
    assert run.keeper is not None
    run.stride = LONGEST_STRIDE
    events = run.events()
    for _ in events:
        if run.update == updates:
            break
    events.close()
    return run.keeper.folder.name


def _fail(message: str) -> None:
    raise AssertionError(message)
