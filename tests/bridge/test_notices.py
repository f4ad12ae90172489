"""Notices: whose they are, when they come, and when they go by themselves."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.notices import Action, Notices
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.installing import with_exact_commands
from tests.comparisons import compared
from tests.comparisons_running import ENDLESS


class Door(QObject):
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_open = True


def text(notices: Notices) -> str:
    return notices.current.text


def test_a_notice_goes_when_what_it_says_is_no_longer_true(qtbot: QtBot) -> None:
    door, notices = Door(), Notices()
    notices.review_at(door.moved)
    notices.say("The door is open.", holds=lambda: door.is_open)
    door.moved.emit()
    assert text(notices) == "The door is open."
    door.is_open = False
    with qtbot.waitSignal(notices.changed):
        door.moved.emit()
    assert text(notices) == ""


def test_a_notice_without_a_condition_stays_until_another_comes_or_it_is_withdrawn() -> None:
    notices = Notices()
    notices.say("It is written.")
    notices.review()
    assert text(notices) == "It is written."
    notices.say("It is copied.")
    notices.withdraw()
    assert text(notices) == ""


def test_what_a_notice_offers_is_done_once_it_is_out_of_the_way() -> None:
    notices = Notices()
    notices.say("Refused.", action=Action("Do it", lambda: notices.say("Done.")))
    notices.act()
    assert text(notices) == "Done."
    notices.act()
    assert text(notices) == ""


def train_for_a_while(qtbot: QtBot, session: Session) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)


def step_once(qtbot: QtBot, session: Session) -> None:
    steps = session.steps
    session.step(StepKind.ENVIRONMENT_STEP)
    qtbot.waitUntil(lambda: session.steps > steps)


def test_a_run_paused_for_a_comparison_says_so_until_it_goes_on(
    qtbot: QtBot, session: Session, comparisons: ComparisonSession
) -> None:
    train_for_a_while(qtbot, session)
    comparisons.planning.set_up(compared(n_seeds=1))
    comparisons.start()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    assert "a comparison" in text(session.announcements)
    qtbot.waitUntil(lambda: comparisons.state is JobState.COMPLETE)
    steps = session.steps
    session.announcements.act()
    qtbot.waitUntil(lambda: session.steps > steps)
    assert text(session.announcements) == ""


def test_a_run_that_rested_already_is_not_said_to_be_paused_for_a_comparison(
    qtbot: QtBot, session: Session, comparisons: ComparisonSession
) -> None:
    train_for_a_while(qtbot, session)
    session.pause()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    comparisons.planning.set_up(compared(n_seeds=1))
    comparisons.start()
    qtbot.waitUntil(lambda: comparisons.state is JobState.COMPLETE)
    assert text(session.announcements) == ""
    train_for_a_while(qtbot, session)
    session.pause()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    assert text(session.announcements) == "", "this pause was the user's"


def test_that_a_run_was_paused_is_no_longer_said_when_another_begins(
    qtbot: QtBot, session: Session, comparisons: ComparisonSession
) -> None:
    train_for_a_while(qtbot, session)
    session.make_way("a comparison")
    qtbot.waitUntil(lambda: bool(text(session.announcements)))
    session.reset()
    assert text(session.announcements) == ""
    del comparisons


def test_what_is_looked_back_at_is_said_only_while_it_is_shown(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    step_once(qtbot, session)
    step_once(qtbot, session)
    session.look_back()
    assert text(session.notices)
    session.choose_agent(1)
    qtbot.waitUntil(lambda: not session.is_looking_back)
    assert text(session.notices) == ""


def test_that_a_comparison_is_in_the_way_is_said_only_while_it_is(
    comparisons: ComparisonSession, session: Session, tune: TuneSession
) -> None:
    comparisons.planning.set_up(compared(total_steps=ENDLESS))
    comparisons.start()
    comparisons.open(comparisons.folder / "other.jsonl")
    assert text(comparisons.notices)
    assert text(session.notices) == text(tune.notices) == "", "it is the comparison's"
    comparisons._end(JobState.COMPLETE)
    assert text(comparisons.notices) == ""


def test_what_was_refused_in_train_goes_with_the_next_change(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    session.change(clip_range=-1.0)
    assert session.notices.current.is_warning
    session.change(clip_range=0.1)
    assert text(session.notices) == ""
    del qtbot


@pytest.mark.parametrize("kind", [StepKind.ENVIRONMENT_STEP, StepKind.UPDATE])
def test_a_step_after_the_end_is_offered_and_done(qtbot: QtBot, session: Session, kind: StepKind) -> None:
    session.change(total_steps=500)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    steps = session.steps
    session.step(kind)
    session.notices.act()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED and session.steps > steps)
    rollout = session.settings.hyperparameters.samples_per_rollout
    assert session.steps <= steps + rollout, "it is one step, not a run"


def test_what_is_said_of_the_end_goes_when_the_run_goes_on(qtbot: QtBot, session: Session) -> None:
    session.change(total_steps=500)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert text(session.notices)
    said: dict[RunState, str] = {}
    session.state_changed.connect(lambda: said.setdefault(session.state, text(session.notices)))
    session.train()
    qtbot.waitUntil(lambda: RunState.RUNNING in said)
    assert said[RunState.RUNNING] == ""


def test_a_command_in_a_notice_can_be_copied(qapp: QApplication) -> None:
    notices = Notices()
    notices.say(with_exact_commands("Foo is not installed, run `pip install foo`"), is_warning=True)
    action = notices.current.action
    assert action is not None
    notices.act()
    assert QApplication.clipboard().text() == f"{sys.executable} -m pip install foo"


def test_a_notice_without_a_command_offers_nothing_by_itself() -> None:
    notices = Notices()
    notices.say("`pip` is not there")
    assert notices.current.action is None
