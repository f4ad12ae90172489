"""The policy of the moment shown plays without learning, and a ghost from the same start states beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge import policy_preview, watching
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.ppo import player
from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.perturbation import Perturbed
from ppo_desktop.ppo.player import Acting
from ppo_desktop.ppo.policy_state import PolicyState
from tests.kept_runs import keep_run
from tests.other_threads import in_thread, run_at_rest, wait_until_at_rest


@pytest.fixture
def watched(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    """Somebody looks on, at more than the rate of a film."""
    monkeypatch.setattr(watching, "FRAMES_PER_SECOND", 1000)
    monkeypatch.setattr(policy_preview, "END_SECONDS", 0.0)
    monkeypatch.setattr(player, "frames_per_second", lambda _: 1000.0)
    watched = Watching(session)
    watched.set_visible(True)
    yield watched
    watched.close()


def learn(qtbot: QtBot, session: Session) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.history.updates >= 3)


def wait_for_episodes(qtbot: QtBot, watching: Watching, number: int) -> None:
    qtbot.waitUntil(lambda: watching.watched is not None and len(watching.watched.returns) >= number)


def test_it_pauses_the_run_plays_its_policy_and_changes_nothing_of_it(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    learn(qtbot, session)
    watched.toggle()
    wait_for_episodes(qtbot, watched, 3)
    assert session.state is RunState.PAUSED
    run = run_at_rest(qtbot, session)
    fingerprint, steps, episodes = run.parameters_sha256(), session.steps, session.history.episodes
    assert watched.watched is not None
    assert isinstance(watched.watched.policy, PolicyState)
    np.testing.assert_array_equal(watched.watched.policy.parameters, run.engine.parameters)
    assert watched.watched.frame is not None
    assert watched.watched.frame.n_agents == 1
    assert watched.watched.mean_return == pytest.approx(np.mean(watched.watched.returns))
    assert (run.parameters_sha256(), session.steps, session.history.episodes) == (
        fingerprint,
        steps,
        episodes,
    )
    session.train()
    qtbot.waitUntil(lambda: session.steps > steps)
    assert not watched.is_on
    assert watched.watched is None


def test_a_ghost_of_the_same_policy_does_the_same_and_another_begins_in_the_same_states(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    learn(qtbot, session)
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None)
    watched.keep_ghost()
    wait_for_episodes(qtbot, watched, 3)
    assert watched.watched is not None
    assert watched.ghost is not None
    assert watched.ghost.returns == watched.watched.returns
    sampled = watched.watched.returns[:3]
    watched.act(Acting.DETERMINISTIC)
    assert watched.watched.returns == ()
    wait_for_episodes(qtbot, watched, 3)
    assert watched.ghost.returns == watched.watched.returns
    assert watched.watched.returns[:3] != sampled
    watched.untaught_ghost()
    seen: list[tuple[Frame, Frame]] = []

    def note() -> None:
        both = [one.frame for one in (watched.watched, watched.ghost) if one is not None and one.frame]
        if len(both) == 2:
            seen.append((both[0], both[1]))

    watched.frames_changed.connect(note)
    wait_for_episodes(qtbot, watched, 3)
    assert watched.ghost is not None
    assert abs(len(watched.ghost.returns) - len(watched.watched.returns)) <= 1
    begun = [pair for pair in seen if {one.episode_length for one in pair} == {1}]
    assert len({ours.steps for ours, _ in begun}) > 1
    for ours, theirs in begun:  # whatever was done, in the first step only velocities differ
        np.testing.assert_array_equal(ours.observation[[0, 2]], theirs.observation[[0, 2]])
    watched.drop_ghost()
    assert watched.ghost is None
    wait_for_episodes(qtbot, watched, 1)


def test_a_ghost_of_an_earlier_update_plays_what_the_run_had_learnt_by_then(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    session.open_kept(keep_run(8))
    qtbot.waitUntil(lambda: session.shown_update == 8)
    wait_until_at_rest(qtbot, session)
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None)
    assert watched.earlier_moments["Half-way"] == 4
    watched.earlier_ghost(4)
    assert watched.ghost is not None
    assert watched.ghost.name == "update 4"
    qtbot.waitUntil(lambda: watched.ghost is not None and len(watched.ghost.returns) >= 2)
    with closing(library.open_run(session.kept_run).restore(4).engine) as then:
        assert callable(watched.ghost.policy)
        np.testing.assert_array_equal(watched.ghost.policy().parameters, then.parameters)


def test_in_another_environment_it_goes_on_without_the_ghost(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    session.prepare()
    wait_until_at_rest(qtbot, session)
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None)
    watched.untaught_ghost()
    session.choose_environment("MountainCar-v0")
    qtbot.waitUntil(
        lambda: (
            watched.watched is not None
            and watched.watched.frame is not None
            and watched.watched.frame.environment_id == "MountainCar-v0"
        )
    )
    assert watched.ghost is None
    watched.toggle()
    assert watched.watched is None
    assert session.state is RunState.PAUSED


def test_what_a_run_says_before_it_pauses_does_not_end_the_watching(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    session.train()
    watched.toggle()  # before the run has said that it goes on
    qtbot.waitUntil(lambda: watched.watched is not None)
    assert watched.is_on
    session.train()
    qtbot.waitUntil(lambda: not watched.is_on)


def test_no_time_runs_while_nobody_looks(qtbot: QtBot, session: Session, watched: Watching) -> None:
    session.prepare()
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None and watched.watched.frame is not None)
    watched.set_visible(False)
    assert watched._preview is not None
    thread = watched._preview._thread
    assert not in_thread(qtbot, thread, thread.worker._timer.isActive)
    watched.set_visible(True)
    wait_for_episodes(qtbot, watched, 1)


def test_a_push_is_said_counts_apart_and_is_the_same_for_the_ghost(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    learn(qtbot, session)
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None)
    watched.keep_ghost()
    wait_for_episodes(qtbot, watched, 1)
    ours, theirs = watched.watched, watched.ghost
    assert ours is not None
    assert theirs is not None
    run = run_at_rest(qtbot, session)
    before = run.engine.look(0, 0, picture=False, path=False).observation.copy()
    seen: list[dict[int, Perturbed]] = []
    assert watched._preview is not None
    watched._preview.perturbed.connect(seen.append)

    def push() -> bool:
        watched.push(99.0)
        return any(seen) and any(one.perturbed_returns for one in (ours, theirs))

    qtbot.waitUntil(push)
    done = next(perturbed for perturbed in seen if len(perturbed) == 2)
    assert done[0] == done[1]
    assert done[0].after - done[0].before == pytest.approx(5.0), "not more than the largest push"
    qtbot.waitUntil(lambda: ours.perturbed_returns == theirs.perturbed_returns)
    undisturbed = len(ours.returns)
    qtbot.waitUntil(lambda: len(ours.returns) > undisturbed)
    np.testing.assert_array_equal(run.engine.look(0, 0, picture=False, path=False).observation, before)


def test_a_changed_map_stays_with_another_ghost_and_goes_with_the_watching(
    qtbot: QtBot, session: Session, watched: Watching
) -> None:
    session.choose_environment("GridWorld-v0")
    session.prepare()
    wait_until_at_rest(qtbot, session)
    watched.toggle()
    qtbot.waitUntil(lambda: watched.watched is not None and watched.has_grid)
    for wall in range(1, 6):
        watched.change_map(watched.grid_map.with_wall(wall, is_wall=True))
    watched.change_map(watched.grid_map.with_goal(COLUMNS))
    changed = watched.grid_map
    assert watched.pushed is None
    watched.untaught_ghost()
    ours, theirs = watched.watched, watched.ghost
    assert ours is not None
    assert theirs is not None
    qtbot.waitUntil(lambda: bool(ours.perturbed_returns and theirs.perturbed_returns))
    assert ours.returns == theirs.returns == ()
    assert watched._preview is not None
    thread = watched._preview._thread

    def maps() -> list[GridMap]:
        playbacks: Any = thread.worker._playbacks.values()
        return [one.player._engine._agents.going_on[0].environment.unwrapped.map for one in playbacks]

    assert in_thread(qtbot, thread, maps) == [changed, changed]
    watched.restore_map()
    qtbot.waitUntil(lambda: bool(ours.returns))
    assert in_thread(qtbot, thread, maps) == [GridMap(), GridMap()]
    watched.change_map(changed)
    watched.toggle()
    assert watched.grid_map == GridMap()
