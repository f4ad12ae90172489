"""What is known of a kept run up to any of its moments is what it has said until then."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.rollout import PATH_STEPS
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import keeping
from ppo_desktop.runs import past as past_of_runs
from ppo_desktop.runs.history import COLUMNS, OWN_SETTINGS, History
from ppo_desktop.runs.keeping import JOURNAL
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.runs.past import Past, Visit
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
                wanted = run.wanted.changed(wish)
                history.announce(run.wanted, wanted)
                run.change(wanted)
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


def arrive(visit: Visit) -> list[int]:
    """Let a run come where it is to go; return the updates that it has done again."""
    again = []
    while not visit.is_there:
        update = visit.run.update
        visit.go_on()
        again += [visit.run.update] * (visit.run.update > update)
    return again


def test_a_moment_right_after_a_keyframe_is_had_at_once_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "_MOST_WAITING", 1_000)
    folder, _ = learn(tmp_path / "runs", 30)
    keeping.keyframe_file(folder, 20).unlink()
    past = Past(KeptRun(folder))
    for update in (1, 3, 7, 19):
        visit, there = past.visit(update), past.visit_at_once(update)
        arrive(visit)
        assert there is not None
        assert there.is_there
        assert there.run.parameters_sha256() == visit.run.parameters_sha256()
        assert there.wanted == visit.wanted
        assert facts(past.history_of(there.run)) == facts(past.history_of(visit.run))
        assert there.run.best == visit.run.best
        assert (there.minibatch, there.update) == (None, None)
        assert visit.update is not None
        assert visit.update.update == update
        there.close()
        visit.close()
    assert past.visit_at_once(0) is None
    assert past.visit_at_once(20) is None, "it has been thinned"
    assert past.visit_at_once(30) is None, "it may have an end, which is to be reached"


def test_a_moment_near_one_that_was_visited_is_had_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", math.inf)
    monkeypatch.setattr(past_of_runs, "REMEMBER_SECONDS", 0.0)
    folder, _ = learn(tmp_path / "runs", 60)
    past = Past(KeptRun(folder))
    shown = 1 + PATH_STEPS // SMALL.rollout_length
    fingerprints = {}
    for update, again in ((50, 50), (49, shown), (51, shown), (20, shown)):
        visit = past.visit(update)
        assert len(arrive(visit)) == again
        fingerprints[update] = visit.run.parameters_sha256()
        visit.close()
    branch = past.visit(50, as_branch=True)
    assert len(arrive(branch)) == shown
    assert branch.run.parameters_sha256() == fingerprints[50]
    branch.close()
    anew = Past(KeptRun(folder))
    for update, fingerprint in fingerprints.items():
        assert anew.kept.restore(update).parameters_sha256() == fingerprint
    size = past_of_runs._size_of(anew.kept.restore(1).checkpoint())
    monkeypatch.setattr(past_of_runs, "MOST_REMEMBERED_BYTES", 20 * size)
    for update in (50, 30):
        visit = anew.visit(update)
        arrive(visit)
        visit.close()
    assert len(anew._remembered) == 20


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


def test_values_that_were_asked_for_together_are_called_then_as_they_were_at_the_time(
    tmp_path: Path,
) -> None:
    demonstration, fastest, _ = (preset.hyperparameters for preset in presets_for("CartPole-v1"))
    settings = RunSettings("CartPole-v1", Algorithm.PPO, demonstration, 1)
    run, live = begin(tmp_path / "runs", settings, pytest.fail), History()
    asked_for = {
        10: fastest,
        40: fastest.changed({"clip_range": 0.05}),
        80: demonstration.changed({"clip_range": 0.05, "total_steps": 1_000_000}),
        120: demonstration,
    }
    moments: dict[int, list[str]] = {}
    with closing(run.events()) as events:
        for event in events:
            live.add(event)
            if not isinstance(event, UpdateFinished):
                continue
            moments[run.update] = [mark.label for mark in live.marks]
            if (wanted := asked_for.get(run.update)) is not None:
                live.announce(run.wanted, wanted)
                run.change(wanted)
            if run.update == 160:
                break
    assert moments[160] == ["Fastest", "ε 0.20→0.05", OWN_SETTINGS, "ε 0.05→0.20"]
    assert run.keeper is not None
    past = Past(KeptRun(run.keeper.folder))
    assert [mark.label for mark in past.whole.marks] == moments[160]
    for update in (9, 35, 70, 110, 160):
        visit = past.visit(update)
        arrive(visit)
        history = past.history_of(visit.run)
        assert [mark.label for mark in history.marks] == moments[update]
        while visit.run.update < min(update + 20, 160):
            history.add(next(visit.events))
        assert [mark.label for mark in history.marks] == moments[visit.run.update], "it does the same again"
        visit.close()
    visit = past.visit(35, as_branch=True)
    arrive(visit)
    history = past.history_of(visit.run)
    wanted = fastest.changed({"clip_range": 0.05, "gamma": 0.9})
    history.announce(visit.run.wanted, wanted)
    visit.run.change(wanted)
    while visit.run.update < 60:
        history.add(next(visit.events))
    visit.close()
    assert [mark.label for mark in history.marks] == ["Fastest", OWN_SETTINGS]
