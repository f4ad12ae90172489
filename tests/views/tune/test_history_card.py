"""The optimisation history: every trial has its place, and pointing at one lights it everywhere."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Lines
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.history_card import HistoryCard, axis_end, history_picture
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from tests.shown_studies import at, digested, many, mouse, point_at, show_study, without_value

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
    card = HistoryCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(520, 300)
    with qtbot.waitExposed(card):
        card.show()
    return card


def picture(card: HistoryCard) -> Picture:
    assert card.figure.picture is not None
    return card.figure.picture


def place(card: HistoryCard, number: int) -> QPointF:
    point = picture(card).place_of(number)
    assert point is not None
    return point


def drawn(theme: Theme, trials: list[TrialRecord]) -> Picture:
    return history_picture(theme, ROOM, TrialArrays(digested(trials)))


# ---- where everything stands -----------------------------------------------------------------------


def test_a_trial_stands_at_its_number_and_its_objective(theme: Theme) -> None:
    history = drawn(theme, EVERY_STATE)
    assert history.place_of(1) == history.frame.point(1, 300.0)
    assert history.place_of(3) == history.frame.point(3, 50.0)


def test_trials_without_a_value_stand_at_the_bottom_and_running_ones_nowhere(theme: Theme) -> None:
    history = drawn(theme, EVERY_STATE)
    for number in (2, 4):
        point = history.place_of(number)
        assert point is not None
        assert point.y() == history.frame.area.bottom()
    assert history.place_of(6) is None
    assert history.keys == [0, 1, 2, 3, 4, 5]


def test_the_line_of_the_best_so_far_rises_at_each_improvement_and_goes_on_to_the_last(theme: Theme) -> None:
    (line,) = (shape for shape in drawn(theme, EVERY_STATE).shapes if isinstance(shape, Lines))
    assert line.lines[None].tolist() == [[0, 100.0], [1, 100.0], [1, 300.0], [5, 300.0]]


def test_the_legend_names_what_is_there_and_nothing_else(theme: Theme) -> None:
    everything = drawn(theme, EVERY_STATE).legend
    assert everything is not None
    assert everything.texts == [
        "best", "best so far", "trial", "random", "pruned", "failed", "interrupted"
    ]  # fmt: skip
    plain = drawn(theme, [at(0, 1.0)]).legend
    assert plain is not None
    assert plain.texts == ["best", "best so far", "trial"]


@pytest.mark.parametrize(("last", "end"), [(0, 10), (13, 15), (60, 60), (61, 80), (999, 1000), (1001, 1250)])
def test_the_axis_ends_at_a_round_number_soon_after_the_last_trial(last: int, end: int) -> None:
    assert axis_end(last) == end


# ---- the card --------------------------------------------------------------------------------------


def test_before_any_trial_has_ended_it_says_what_will_appear(card: HistoryCard, tune: TuneSession) -> None:
    assert card.figure.picture is None
    show_study(tune, digested([without_value(0, TrialState.RUNNING)]))
    assert card.figure.picture is None
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
    monkeypatch.setattr(picture(card), "paint", painted.append)
    monkeypatch.setattr(picture(card), "paint_pointed", lambda _, number: pointed.append(number))
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
    with qtbot.waitSignal(card.figure.opened) as opened:
        mouse(card.figure, QEvent.Type.MouseButtonDblClick, place(card, 5))
    assert opened.args == [5]


def test_the_keyboard_goes_from_the_best_to_its_neighbours_and_opens(
    qtbot: QtBot, card: HistoryCard, tune: TuneSession
) -> None:
    show_study(tune, digested(EVERY_STATE))
    card.figure.clearFocus()
    card.figure.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: tune.highlighted == 1)
    qtbot.keyClick(card.figure, Qt.Key.Key_Right)
    assert tune.highlighted == 2
    assert "failed" in card.figure.accessibleDescription()
    with qtbot.waitSignal(card.figure.opened) as opened:
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
        tune.inquiry.digest = digested(many(n))
        tune.digest_changed.emit()
    qtbot.waitUntil(lambda: bool(shown) and shown[-1] == 23)
    assert len(shown) < 20
    assert len(picture(card).keys) == 23


def test_a_hidden_card_draws_nothing_and_catches_up(card: HistoryCard, tune: TuneSession) -> None:
    card.hide()
    show_study(tune, digested(many(3)))
    assert card.figure.picture is None
    card.show()
    assert len(picture(card).keys) == 3


def test_in_a_file_it_is_lines_and_text_and_no_image(card: HistoryCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(60)))
    svg = svg_of(card.exported("History", "60 trials")).decode()
    assert "<image" not in svg
    assert svg.count("<circle") + svg.count("<ellipse") >= 60
    assert "best so far" in svg
