"""The optimisation history: every trial has its place, and pointing at one lights it everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.history_card import HistoryCard, HistoryDrawing, axis_end
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_symbols import Symbol
from tests.shown_studies import PATIENCE_MS, at, digested, many, mouse, point_at, show_study, without_value

ROOM = QRectF(0, 0, 500, 260)
EVERY_STATE = [
    at(0, 100.0, is_random=True),
    at(1, 300.0),
    without_value(2, TrialState.FAILED, "the loss is not a number"),
    at(3, 50.0, state=TrialState.PRUNED),
    without_value(4, TrialState.INTERRUPTED),
    at(5, 200.0),
    without_value(6, TrialState.RUNNING),
]


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> HistoryCard:
    card = HistoryCard(tune, theme, RedrawQueue(10))
    qtbot.addWidget(card)
    card.resize(520, 300)
    with qtbot.waitExposed(card):
        card.show()
    return card


def drawing(card: HistoryCard) -> HistoryDrawing:
    assert isinstance(card.figure.drawing, HistoryDrawing)
    return card.figure.drawing


def place(card: HistoryCard, number: int) -> QPointF:
    return QPointF(*drawing(card).places[number].tolist())


# ---- where everything stands -----------------------------------------------------------------------


def test_a_trial_stands_at_its_number_and_its_objective(theme: Theme) -> None:
    drawn = HistoryDrawing(theme, ROOM, TrialArrays(digested(EVERY_STATE)))
    assert drawn.places[1].tolist() == pytest.approx([drawn.frame.column(1), drawn.frame.row(300.0)])
    assert drawn.places[3].tolist() == pytest.approx([drawn.frame.column(3), drawn.frame.row(50.0)])


def test_trials_without_a_value_stand_at_the_bottom_and_running_ones_nowhere(theme: Theme) -> None:
    drawn = HistoryDrawing(theme, ROOM, TrialArrays(digested(EVERY_STATE)))
    assert drawn.places[[2, 4], 1].tolist() == [drawn.frame.area.bottom()] * 2
    assert np.isnan(drawn.places[6]).all()
    assert list(drawn.numbers) == [0, 1, 2, 3, 4, 5]


def test_the_line_of_the_best_so_far_rises_at_each_improvement_and_goes_on_to_the_last(theme: Theme) -> None:
    drawn = HistoryDrawing(theme, ROOM, TrialArrays(digested(EVERY_STATE)))
    frame = drawn.frame
    corners = [(0, 100.0), (1, 100.0), (1, 300.0), (5, 300.0)]
    assert drawn.steps.tolist() == [
        pytest.approx([frame.column(number), frame.row(value)]) for number, value in corners
    ]


def test_the_legend_names_what_is_there_and_nothing_else(theme: Theme) -> None:
    everything = HistoryDrawing(theme, ROOM, TrialArrays(digested(EVERY_STATE))).legend()
    marks = {mark for mark, _ in everything}
    assert marks == {
        Symbol.STAR_LINE, Symbol.DOT, Symbol.RING, Symbol.DIAMOND, Symbol.FAILED, Symbol.INTERRUPTED
    }  # fmt: skip
    plain = HistoryDrawing(theme, ROOM, TrialArrays(digested([at(0, 1.0)]))).legend()
    assert [mark for mark, _ in plain] == [Symbol.STAR_LINE, Symbol.DOT]


@pytest.mark.parametrize(("last", "end"), [(0, 10), (13, 15), (60, 60), (61, 80), (999, 1000), (1001, 1250)])
def test_the_axis_ends_at_a_round_number_soon_after_the_last_trial(last: int, end: int) -> None:
    assert axis_end(last) == end


# ---- the card --------------------------------------------------------------------------------------


def test_before_any_trial_has_ended_it_says_what_will_appear(card: HistoryCard, tune: TuneSession) -> None:
    assert card.figure.drawing is None
    show_study(tune, digested([without_value(0, TrialState.RUNNING)]))
    assert card.figure.drawing is None
    assert "appears here" in card.figure.accessibleDescription()


def test_the_header_names_the_best(card: HistoryCard, tune: TuneSession) -> None:
    show_study(tune, digested(EVERY_STATE))
    assert card.remark.text().endswith("best so far 300.0 at trial 1")


def test_pointing_at_a_trial_lights_it_everywhere(card: HistoryCard, tune: TuneSession) -> None:
    show_study(tune, digested(EVERY_STATE))
    point_at(card.figure, place(card, 3) + QPointF(2, 2))
    assert tune.highlighted == 3
    assert card.figure.highlighted == 3
    point_at(card.figure, QPointF(card.width() - 30, 40))
    assert tune.highlighted is None


def test_what_is_pointed_at_elsewhere_is_lit_without_drawing_the_rest_anew(
    card: HistoryCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_study(tune, digested(many(50)))
    card.figure.repaint()
    painted = []
    pointed = []
    monkeypatch.setattr(drawing(card), "paint", painted.append)
    monkeypatch.setattr(drawing(card), "paint_pointed", lambda _, number: pointed.append(number))
    tune.highlight(7)
    card.figure.repaint()
    assert pointed[-1] == 7
    assert not painted


def test_a_tooltip_tells_value_state_and_hyperparameters(card: HistoryCard, tune: TuneSession) -> None:
    show_study(tune, digested(EVERY_STATE))
    best = card.figure.tip_at(place(card, 1))
    assert "Trial 1" in best
    assert "300.0" in best
    assert "the best so far" in best
    assert "Clip range ε: 0.158" in best
    assert "the loss is not a number" in card.figure.tip_at(place(card, 2))
    assert "drawn at random" in card.figure.tip_at(place(card, 0))


def test_a_double_click_asks_for_the_trial_in_train(
    qtbot: QtBot, card: HistoryCard, tune: TuneSession
) -> None:
    show_study(tune, digested(EVERY_STATE))
    with qtbot.waitSignal(card.figure.opened, timeout=PATIENCE_MS) as opened:
        mouse(card.figure, QEvent.Type.MouseButtonDblClick, place(card, 5))
    assert opened.args == [5]


def test_the_keyboard_goes_from_the_best_to_its_neighbours_and_opens(
    qtbot: QtBot, card: HistoryCard, tune: TuneSession
) -> None:
    show_study(tune, digested(EVERY_STATE))
    card.figure.clearFocus()
    card.figure.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: tune.highlighted == 1, timeout=PATIENCE_MS)
    qtbot.keyClick(card.figure, Qt.Key.Key_Right)
    assert tune.highlighted == 2
    assert "failed" in card.figure.accessibleDescription()
    with qtbot.waitSignal(card.figure.opened, timeout=PATIENCE_MS) as opened:
        qtbot.keyClick(card.figure, Qt.Key.Key_Return)
    assert opened.args == [2]


def test_news_that_come_faster_than_the_eye_are_drawn_together_in_the_end(
    qtbot: QtBot, card: HistoryCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_study(tune, digested(many(3)))
    shown: list[int] = []
    show = card.figure.show_digest

    def noted(digest: StudyDigest) -> None:
        shown.append(len(digest.trials))
        show(digest)

    monkeypatch.setattr(card.figure, "show_digest", noted)
    for n in range(4, 24):
        tune._answers.digest = digested(many(n))
        tune.digest_changed.emit()
    qtbot.waitUntil(lambda: bool(shown) and shown[-1] == 23, timeout=PATIENCE_MS)
    assert len(shown) < 20
    assert len(drawing(card).numbers) == 23


def test_a_hidden_card_draws_nothing_and_catches_up(card: HistoryCard, tune: TuneSession) -> None:
    card.hide()
    show_study(tune, digested(many(3)))
    assert card.figure.drawing is None
    card.show()
    assert len(drawing(card).numbers) == 3


def test_in_a_file_it_is_lines_and_text_and_no_image(card: HistoryCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(60)))
    svg = svg_of(Figure(card, "History", "60 trials")).decode()
    assert "<image" not in svg
    assert svg.count("<circle") + svg.count("<ellipse") >= 60
    assert "best so far" in svg
