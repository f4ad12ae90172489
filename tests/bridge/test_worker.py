"""The learner's side of the thread."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import Session


@pytest.mark.parametrize("is_begun", [False, True])
def test_the_learner_rests_whatever_somebody_wants_to_see_as_long_as_nothing_runs(
    session: Session, qtbot: QtBot, is_begun: bool
) -> None:
    if is_begun:
        session.prepare()
        qtbot.waitUntil(lambda: session.frame is not None, timeout=20_000)
    session.show_gymnasium_picture(True)
    session.show_map(True)
    session.choose_agent(1)
    worker = session._learner.worker
    qtbot.wait(100)
    qtbot.waitUntil(lambda: not worker._timer.isActive(), timeout=2_000)
