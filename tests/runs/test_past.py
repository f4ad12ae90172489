"""What is known of a kept run up to any of its moments is what it has said until then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import COLUMNS, History
from ppo_desktop.runs.keeping import JOURNAL
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.runs.past import Past
from tests.kept_runs import SMALL

MADE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)
WISHES = {3: {"total_steps": 5_000}, 7: {"anneal": True, "clip_range": 0.1}}


def learn(place: Path, updates: int) -> tuple[Path, History]:
    """Let a run be changed on its way; return its folder, and all that it has said."""
    run, history = begin(place, MADE, pytest.fail), History()
    events = run.events()
    for event in events:
        history.add(event)
        if isinstance(event, UpdateFinished):
            if wish := WISHES.get(event.update):
                run.change(run.wanted.changed(wish))
            if event.update == updates:
                break
    events.close()
    assert run.keeper is not None
    return run.keeper.folder, history


def facts(history: History) -> list[object]:
    """Return what is known besides curves."""
    recent = [replace(update, state_entropies=np.empty(0), best=None) for update in history.recent]
    return [
        (history.steps, history.updates, history.episodes, history.first_mean_return, history.peak),
        (list(history.recent_returns), history.hyperparameters, history.values_are_new),
        list(history.marks),
        list(map(repr, recent)),
    ]


@pytest.mark.parametrize("updates", [4, 30])
def test_all_that_is_known_of_a_kept_run_is_what_it_has_said(tmp_path: Path, updates: int) -> None:
    folder, said = learn(tmp_path / "runs", updates)
    past = Past(KeptRun(folder)).history(updates)
    assert facts(past) == facts(said)
    for name in COLUMNS:
        for ours, theirs in zip(past.curve(name).means(), said.curve(name).means(), strict=True):
            np.testing.assert_allclose(ours, theirs, err_msg=name)


def test_a_change_that_another_one_rests_on_may_be_damaged(tmp_path: Path) -> None:
    folder, said = learn(tmp_path / "runs", 10)
    journal = folder / JOURNAL
    contents = journal.read_bytes()
    journal.write_bytes(contents.replace(b'"event": "change"', b'"event": "', 1))
    kept = KeptRun(folder)
    assert kept.damage
    whole = Past(kept).whole
    assert (whole.updates, whole.episodes) == (said.updates, said.episodes)
    assert whole.hyperparameters == SMALL, "annealing needs the total that is missing"
