"""A policy from a file plays, in the environment that fits or is chosen; what is wrong is one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge import policy_preview
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.judging_session import JudgingSession
from ppo_desktop.bridge.policy_session import PolicySession
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.judgement import judgements_csv
from ppo_desktop.exports.formats import format_called
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo import player
from ppo_desktop.ppo.actor_critic import ActorCritic
from ppo_desktop.ppo.catalogue import plane_for
from tests.kept_runs import keep_run


@pytest.fixture
def policy(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[PolicySession]:
    """Somebody looks on, at more than the rate of a film."""
    del qtbot
    monkeypatch.setattr("ppo_desktop.bridge.playing.FRAMES_PER_SECOND", 1000)
    monkeypatch.setattr(policy_preview, "END_SECONDS", 0.0)
    monkeypatch.setattr(player, "frames_per_second", lambda _: 1000.0)
    policy = PolicySession()
    policy.set_visible(True)
    yield policy
    policy.close()


def exported(place: Path, environment_id: str = "CartPole-v1", format_id: str = "torch") -> ExportedRun:
    subject = ExportedRun(library.open_run(keep_run(2, environment_id=environment_id)))
    format_called(format_id).write(subject, place, lambda _share: None)
    return subject


def wait_until_over(qtbot: QtBot, policy: PolicySession) -> None:
    qtbot.waitUntil(lambda: policy.state in (JobState.COMPLETE, JobState.RESTING))


def test_it_plays_and_what_it_thinks_of_every_state_is_known(
    qtbot: QtBot, tmp_path: Path, policy: PolicySession
) -> None:
    learnt = exported(tmp_path / "mine.pt").learnt
    policy.open(tmp_path / "mine.pt")
    qtbot.waitUntil(lambda: bool(policy.playing.watched and policy.playing.watched.returns))
    assert policy.environment_id == "CartPole-v1"
    assert policy.opened is not None
    assert policy.opened.survey is not None
    plane = plane_for("CartPole-v1")
    assert plane is not None
    observations = plane.observations(plane.grid())
    networks = ActorCritic(learnt.spaces, learnt.hyperparameters, learnt.snapshot.parameters)
    np.testing.assert_allclose(policy.opened.survey.values, networks.critic(observations)[:, 0], atol=1e-5)


def test_what_cannot_be_opened_says_why_and_shows_nothing(
    qtbot: QtBot, tmp_path: Path, policy: PolicySession
) -> None:
    exported(tmp_path / "mine.pt")
    policy.open(tmp_path / "mine.pt")
    wait_until_over(qtbot, policy)
    (tmp_path / "other.zip").write_bytes(b"nothing of the kind")
    policy.open(tmp_path / "other.zip")
    wait_until_over(qtbot, policy)
    assert policy.notices.current.text.startswith("other.zip")
    assert policy.notices.current.is_warning
    assert (policy.opened, policy.environment_id, policy.playing.watched) == (None, "", None)


def test_an_environment_that_does_not_fit_leaves_the_one_that_does(
    qtbot: QtBot, tmp_path: Path, policy: PolicySession
) -> None:
    exported(tmp_path / "mine.pt")
    policy.open(tmp_path / "mine.pt")
    wait_until_over(qtbot, policy)
    watched = policy.playing.watched
    policy.choose_environment("Acrobot-v1")
    qtbot.waitUntil(lambda: policy.notices.current.is_warning)
    assert "Acrobot-v1" in policy.notices.current.text
    assert policy.environment_id == "CartPole-v1"
    assert policy.playing.watched is watched
    policy.choose_environment("CartPole-v0?max_episode_steps=5")
    qtbot.waitUntil(lambda: policy.environment_id == "CartPole-v0?max_episode_steps=5")


def test_it_is_judged_beside_a_run_as_what_it_is(
    qtbot: QtBot, tmp_path: Path, policy: PolicySession, session: Session
) -> None:
    exported(tmp_path / "mine.pt")
    policy.open(tmp_path / "mine.pt")
    wait_until_over(qtbot, policy)
    judging = JudgingSession(session)
    try:
        judging.judge_run(keep_run(3, seed=2), 3, "")
        qtbot.waitUntil(lambda: judging.state is JobState.COMPLETE)
        assert policy.opened is not None
        assert policy.opened.moment is not None
        judging.judge_policy(policy.opened.moment)
        qtbot.waitUntil(lambda: len(judging.judgements) == 2 and judging.state is JobState.COMPLETE)
    finally:
        judging.close()
    rows = judgements_csv(judging.judgements).splitlines()
    assert len(rows) == 1 + 2 * 200
    name, _environment, _algorithm, seed, update, *_ = rows[-1].split(",")
    assert (name, seed, update) == ("mine.pt", "", "")
