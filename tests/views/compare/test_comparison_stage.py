"""The environments side by side: painted when they have moved, reached by the keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetrics
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.ppo.events import DiscretePolicy, Frame
from ppo_desktop.views.compare.comparison_stage import ComparisonStage
from ppo_desktop.views.compare.stage_card import StageCard
from ppo_desktop.views.theme import Theme
from tests.comparisons import compared
from tests.opened_comparisons import results, show
from tests.widgets import lay_out


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


@pytest.fixture
def stage(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> ComparisonStage:
    stage = ComparisonStage(comparisons, theme)
    qtbot.addWidget(stage)
    stage.resize(700, 160)
    with qtbot.waitExposed(stage):
        stage.show()
    show(qtbot, comparisons, compared((0.1, 0.2, 0.4), 1), results((100,), (200,), (400,)))
    comparisons.preview.play(0)
    comparisons.preview.close()  # frames are what the test says
    lay_out()
    return stage


def frame() -> Frame:
    return Frame(
        environment_id="CartPole-v1",
        agent=0,
        n_agents=2,
        observation=np.zeros(4, np.float32),
        episode_over=False,
        action=None,
        policy=DiscretePolicy((0.5, 0.5)),
        value=0.0,
        entropy=0.0,
        episode_return=0.0,
        episode_length=0,
        steps=0,
        picture=None,
    )


def play(comparisons: ComparisonSession, *numbers: int) -> None:
    """Let the players of these variants have moved."""
    frames = {n: frame() for n in numbers}
    comparisons.preview.frames = {**comparisons.preview.frames, **frames}
    comparisons.preview.frames_changed.emit()


def reach(qtbot: QtBot, card: StageCard) -> None:
    card.window().activateWindow()
    card.clearFocus()
    card.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(card.hasFocus)


def test_only_environments_that_have_moved_are_painted(
    stage: ComparisonStage, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    play(comparisons, 0, 1, 2)
    lay_out()
    counts = [Paints(card.view) for card in stage.cards]
    play(comparisons, 1)
    qtbot.waitUntil(lambda: counts[1].count > 0)
    assert [paints.count for paints in counts] == [0, 1, 0]


def test_a_hidden_stage_shows_the_newest_frames_when_it_is_shown(
    stage: ComparisonStage, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    stage.hide()
    play(comparisons, 0)
    with qtbot.waitExposed(stage):
        stage.show()
    shown = stage.cards[0].view._shown
    assert shown is not None
    assert shown.frame is comparisons.preview.frames[0]


def test_arrow_keys_go_from_card_to_card_and_tab_stops_at_one_of_them(
    stage: ComparisonStage, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    first, second, third = stage.cards
    reach(qtbot, first)
    assert comparisons.highlighted == 0
    before = second.grab().toImage()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert second.hasFocus()
    assert comparisons.highlighted == 1
    assert second.grab().toImage() != before
    qtbot.keyClick(second, Qt.Key.Key_Right)
    qtbot.keyClick(third, Qt.Key.Key_Right)
    assert third.hasFocus()
    stops = [card for card in stage.cards if card.focusPolicy() is Qt.FocusPolicy.TabFocus]
    assert stops == [third]
    third.clearFocus()
    assert comparisons.highlighted is None


def test_with_fewer_values_tab_still_stops_at_a_card(
    stage: ComparisonStage, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    reach(qtbot, stage.cards[0])
    for _ in range(2):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    show(qtbot, comparisons, compared((0.1, 0.2), 1), results((100,), (200,)))
    assert [card.focusPolicy() is Qt.FocusPolicy.TabFocus for card in stage.cards] == [True, False]
    comparisons.preview.close()


def test_before_there_are_results_a_narrow_card_still_says_its_value(
    stage: ComparisonStage, comparisons: ComparisonSession
) -> None:
    card = stage.cards[1]
    card.show_result(("",))
    assert card.label.text() == "ε = 0.20"
    name_width = QFontMetrics(card._theme.font(bold=True)).horizontalAdvance
    card.resize(name_width("ε = 0.20") + 50, card.height())
    assert card.label.text() == "0.20"


def test_return_opens_what_plays_and_the_menu_key_offers_more(
    stage: ComparisonStage, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    card = stage.cards[1]
    reach(qtbot, card)
    with qtbot.waitSignal(comparisons.opened_in_train):
        qtbot.keyClick(card, Qt.Key.Key_Return)
    assert comparisons.session.settings.hyperparameters.clip_range == 0.2
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), card.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(card, event)
    menu = card.findChild(QMenu, "variant_menu")
    assert menu.actions()[0].text() == "Open seed 1 in Train"
    menu.close()


def test_a_card_says_its_value_and_result_to_screen_readers(stage: ComparisonStage) -> None:
    assert stage.cards[2].accessibleName() == f"ε = 0.40: {FINAL_RETURN.header}: 400.0"


def test_a_card_names_its_number_as_long_as_there_is_room(stage: ComparisonStage) -> None:
    card, seen = stage.cards[2], []
    for width in (600, 240, 120):
        card.resize(width, 200)
        seen.append(card.result.text())
    assert seen[0] == f"{FINAL_RETURN.header}: 400.0"
    assert seen[1] in (seen[0], "last 20 %: 400.0")
    assert seen[2] == "400.0"
