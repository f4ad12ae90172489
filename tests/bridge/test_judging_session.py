"""How good is it really, in the window: one moment after the other, and what is doubtful of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.judging_session import JudgingSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.runs.keeping import DRIFTS
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import keep_other_numbers, keep_run


@pytest.fixture
def judging(session: Session) -> Iterator[JudgingSession]:
    judging = JudgingSession(session)
    yield judging
    judging.close()


def test_of_a_run_that_comes_out_otherwise_here_that_is_said(qtbot: QtBot, judging: JudgingSession) -> None:
    sound, drifting = keep_run(), keep_run(seed=2)
    keep_other_numbers(runs_folder() / drifting)
    for run, said in ((sound, ""), (drifting, DRIFTS)):
        judging.judge_run(run, 8, "")
        qtbot.waitUntil(lambda: judging.state is JobState.COMPLETE)
        assert (judging.notices.current.text, judging.notices.current.is_warning) == (said, bool(said))
    assert len(judging.judgements) == 2
