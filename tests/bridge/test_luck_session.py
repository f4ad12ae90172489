"""Luck or fate in the window: one fan after the other of the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.luck_session import MOST_FANS, NOTHING, SLIDERS, LuckSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.jobs.moment import Moment
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import DRIFTS
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_other_numbers, keep_run

N_BRANCHES = 2
UPDATES = 30
NAME = "CartPole-v1, PPO, seed 1"
STEPS = 20 * SMALL.samples_per_rollout


@pytest.fixture
def luck(session: Session) -> Iterator[LuckSession]:
    """What a window shows of which nothing has been asked yet; few short branches."""
    luck = LuckSession(session)
    luck.set_up(n_branches=N_BRANCHES, steps=STEPS)
    yield luck
    luck.close()


def ask(qtbot: QtBot, luck: LuckSession, moment: Moment) -> None:
    luck.ask(moment, NAME, last_update=UPDATES)
    finish(qtbot, luck)


def finish(qtbot: QtBot, luck: LuckSession) -> None:
    qtbot.waitUntil(lambda: luck.state is JobState.COMPLETE)
    assert luck.fans[-1].is_complete
    assert not luck.notices.current.text


def test_the_first_fan_changes_nothing_and_the_next_is_the_same_with_another_epsilon(
    qtbot: QtBot, luck: LuckSession
) -> None:
    moment = Moment(keep_run(UPDATES), 12)
    ask(qtbot, luck, moment)
    (first,) = luck.fans
    assert (first.moment, first.steps, first.changes) == (moment, STEPS, {})
    assert luck.share_done == 1.0
    assert luck.changes == {"clip_range": 0.1}
    luck.start()
    finish(qtbot, luck)
    assert luck.fans[0] is first
    second = luck.fans[1]
    assert second.changes == {"clip_range": 0.1}
    assert [branch.seed for branch in second.branches] == [branch.seed for branch in first.branches]
    luck.ask(moment, NAME, last_update=UPDATES)
    assert luck.state is JobState.COMPLETE, "what is known already is shown"


def test_of_a_run_that_comes_out_otherwise_here_that_is_said(qtbot: QtBot, luck: LuckSession) -> None:
    run = keep_run(UPDATES)
    keep_other_numbers(runs_folder() / run)
    luck.ask(Moment(run, 12), NAME, last_update=UPDATES)
    qtbot.waitUntil(lambda: luck.state is JobState.COMPLETE)
    assert (luck.notices.current.text, luck.notices.current.is_warning) == (DRIFTS, True)


def test_another_moment_begins_anew_with_nothing_changed(qtbot: QtBot, luck: LuckSession) -> None:
    run = keep_run(UPDATES)
    ask(qtbot, luck, Moment(run, 12))
    luck.start()
    luck.set_up(moment=Moment(run, 20))
    luck.stop()
    qtbot.waitUntil(lambda: not luck.is_under_way)
    assert not any(map(luck.is_growing, luck.fans))
    luck.start()
    finish(qtbot, luck)
    assert [(fan.moment.update, fan.changes) for fan in luck.fans] == [(20, {})]
    ask(qtbot, luck, Moment(run, 5))
    assert [(fan.moment.update, fan.changes) for fan in luck.fans] == [(5, {})]


def test_one_more_question_takes_the_place_of_the_one_under_way(qtbot: QtBot, luck: LuckSession) -> None:
    run = keep_run(UPDATES)
    luck.set_up(steps=10_000_000)
    luck.ask(Moment(run, 12), NAME, last_update=UPDATES)
    qtbot.waitUntil(lambda: bool(luck.fans) and bool(luck.fans[0].branches))
    luck.set_up(steps=STEPS)
    ask(qtbot, luck, Moment(run, 20))
    assert [(fan.moment.update, fan.steps) for fan in luck.fans] == [(20, STEPS)]


def test_what_the_sliders_say_can_be_tried_and_what_needs_a_reset_cannot(
    qtbot: QtBot, luck: LuckSession, session: Session
) -> None:
    session.change(learning_rate=7e-4, hidden_units=16)
    ask(qtbot, luck, Moment(keep_run(UPDATES), 12))
    assert luck.fields[:2] == [NOTHING, SLIDERS]
    assert "hidden_units" not in luck.fields
    assert "total_steps" not in luck.fields
    luck.choose_field(SLIDERS)
    assert luck.changes["learning_rate"] == 7e-4
    assert "hidden_units" not in luck.changes
    luck.choose_field("learning_rate")
    assert 7e-4 in luck.values
    in_force = luck.fans[0].in_force.learning_rate
    assert luck.values == sorted(luck.values)  # type: ignore[type-var]
    assert luck.changes == {"learning_rate": max(v for v in luck.values if float(v or 0) < in_force)}
    for field in luck.fields[2:]:
        luck.choose_field(field)
        own = getattr(luck.fans[0].in_force, field)
        assert own not in luck.values
        assert luck.changes == {field: luck.draft.value}
        assert luck.draft.value in luck.values
        DECLARATIONS[field].check(luck.draft.value)
    luck.choose_field(NOTHING)
    assert luck.changes == {}


def test_only_so_many_fans_are_shown_as_can_be_told_apart(qtbot: QtBot, luck: LuckSession) -> None:
    ask(qtbot, luck, Moment(keep_run(UPDATES), 12))
    for value in (0.1, 0.3, 0.4, 0.5):
        luck.set_up(field="clip_range", value=value)
        luck.start()
        finish(qtbot, luck)
    assert len(luck.fans) == MOST_FANS
    assert [fan.changes.get("clip_range") for fan in luck.fans] == [None, 0.3, 0.4, 0.5]


def test_a_branch_is_opened_in_train_where_it_leaves_the_run(
    qtbot: QtBot, luck: LuckSession, session: Session
) -> None:
    session.prepare()
    run = keep_run(UPDATES)
    ask(qtbot, luck, Moment(run, 12))
    seed = luck.fans[0].branches[1].seed
    with qtbot.waitSignal(luck.opened_in_train):
        luck.open_in_train(luck.fans[0], seed)
    (kept,) = (entry for entry in library.runs() if entry.summary.parent)
    qtbot.waitUntil(lambda: session.kept_run == kept.id)
    assert (session.shown_update, session.last_update, session.settings.seed) == (12, 32, seed)
    assert session.opened.parent == Parent(run, 12)
    assert len(luck.fans) == 1, "and what is known of the others stays"


def test_a_run_that_is_gone_is_said_in_one_line(qtbot: QtBot, luck: LuckSession) -> None:
    luck.ask(Moment("nothing", 3), NAME, last_update=3)
    qtbot.waitUntil(lambda: luck.state is JobState.RESTING)
    assert luck.notices.current.is_warning
    assert luck.fans == ()
