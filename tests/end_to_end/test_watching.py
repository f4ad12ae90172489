"""What a run has learnt is watched, beside a ghost, and judged, from the environment's card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSpinBox

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.player import Acting
from ppo_desktop.views.judging_window import JudgingChart
from tests.end_to_end.conftest import User
from tests.widgets import lay_out, write


def click(user: User, name: str) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, name), Qt.MouseButton.LeftButton)


def test_a_policy_is_watched_with_a_ghost_until_training_goes_on(user: User) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= 2)
    card = user.window.train_page.environment
    least = card.minimumSizeHint().height()
    button = user.find(QPushButton, "watch_button")
    place = button.mapTo(card, button.rect().center())
    user.qtbot.keyClick(user.window, Qt.Key.Key_W)
    label, ghost = user.find(QLabel, "watched_label"), user.find(QLabel, "ghost_label")
    user.wait_until(lambda: "mean" in label.text())
    assert user.session.state is RunState.PAUSED
    updates = user.session.history.updates
    assert label.text().startswith((f"update {grouped(updates)}", f"within update {grouped(updates + 1)}"))
    assert ghost.isHidden()
    assert card.minimumSizeHint().height() <= least, "no card moves for what is said"
    lay_out()
    assert button.rect().contains(button.mapFrom(card, place)), "nor what is pressed again, from the mouse"
    menu = user.find(QMenu, "ghost_menu")
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    user.wait_until(ghost.isVisible)
    click(user, "watch_deterministic_button")
    assert user.window.train_page.watching.acting is Acting.DETERMINISTIC
    click(user, "train_button")
    user.wait_until(label.isHidden)
    assert not user.find(QPushButton, "watch_button").isChecked()
    click(user, "train_button")
    user.wait_until(lambda: user.session.state is RunState.PAUSED)


def test_how_good_the_moment_shown_is_opens_beside_and_stays_while_it_is_looked_at(user: User) -> None:
    click(user, "judge_button")
    judging = user.window.judging
    user.wait_until(lambda: judging.state is JobState.COMPLETE)
    (judgement,) = judging.judgements
    assert judgement.n_played == 100
    chart = user.find(JudgingChart, "judging_figure")
    user.wait_until(lambda: chart.picture is not None and list(chart.picture.keys) == [0, 1])
    assert "100 episodes" in chart.summary()
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= 2)
    user.session.pause()
    user.wait_until_at_rest()
    click(user, "judging_button")
    user.wait_until(lambda: len(judging.judgements) == 2 and judging.state is JobState.COMPLETE)
    assert judging.judgements[1].by_acting != judgement.by_acting
    box = user.find(QSpinBox, "judging_update")
    assert box.maximum() == user.session.last_update
    assert box.value() == user.session.shown_update
    write(user.qtbot, box, "1")
    user.wait_until(lambda: len(judging.judgements) == 3 and judging.state is JobState.COMPLETE)
    assert [one.moment.update for one in judging.judgements][::2] == [0, 1]
    chart.window().close()
