"""The effect curve: every seed is seen, nothing is hidden, and what is said is what is shown."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.measures import (
    FINAL_CLIP_FRACTION,
    FINAL_KL,
    FINAL_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.compare.effect_axis import places, value_scale
from ppo_desktop.views.compare.effect_card import EffectCard
from ppo_desktop.views.compare.effect_picture import MARKER, SEED, AtLeast, Target
from ppo_desktop.views.theme import Theme
from tests.comparisons import compared, ended_with, episode, finished, record_of, update
from tests.opened_comparisons import results, show
from tests.widgets import lay_out

NARROW = (0.05,) * 8
NOTHING_USABLE = {RunKey(0, 1): ended_with(1, FinishReason.FAILED)}


@pytest.fixture
def card(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> EffectCard:
    card = EffectCard(comparisons, theme)
    qtbot.addWidget(card)
    card.resize(560, 460)
    with qtbot.waitExposed(card):
        card.show()
    return card


def shown_by(card: EffectCard) -> Picture:
    assert card.plot.picture is not None
    return card.plot.picture


def place_of(card: EffectCard, variant: int, seed: int | None = None) -> QPointF:
    """Return where a mean or a seed is."""
    place = shown_by(card).place_of(Target(variant, seed))
    assert place is not None
    return place


def legend_of(card: EffectCard) -> list[str]:
    legend = shown_by(card).legend
    assert legend is not None
    return legend.texts


def move_to(widget: QWidget, point: QPointF) -> None:
    """Move the mouse over a widget."""
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        point,
        widget.mapToGlobal(point),
        button,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def combo(card: EffectCard, name: str) -> QComboBox:
    return card.findChild(QComboBox, name)


def ask(qtbot: QtBot, comparisons: ComparisonSession, measure: Measure) -> None:
    comparisons.choose_measure(measure)
    qtbot.waitUntil(
        lambda: comparisons.digest is not None and comparisons.digest.question == comparisons.question
    )


# ---- where values stand


def test_values_stand_on_their_own_scale() -> None:
    axis = places(compared((0.1, 0.2, 0.8)), NARROW)
    assert axis.shares == pytest.approx((0, 1 / 3, 1))
    assert (axis.is_ordered, axis.remark, axis.breaks) == (True, "log scale", ())


def test_the_line_follows_the_values_and_not_the_order_they_were_typed_in() -> None:
    axis = places(compared((0.8, 0.1, 0.2)), NARROW)
    assert axis.sequence == (1, 2, 0)
    assert axis.shares[0] == 1.0


@pytest.mark.parametrize("values", [(0.1, 0.11, 0.8), (0.8, 0.11, 0.1)])
def test_values_too_close_to_each_other_are_equally_spaced_which_is_said(values: tuple[float, ...]) -> None:
    axis = places(compared(values), NARROW)
    assert sorted(axis.shares) == [0, 0.5, 1]
    assert axis.shares[values.index(0.11)] == 0.5
    assert "not to scale" in axis.remark


def test_values_that_the_scale_cannot_tell_apart_are_spaced_too() -> None:
    axis = places(compared((0.99, 0.99995, 1.0), field="gamma"), NARROW)
    assert axis.shares == (0, 0.5, 1)
    assert "not to scale" in axis.remark


def test_two_values_at_the_very_end_of_the_scale_are_spaced_too() -> None:
    assert places(compared((1.0, 0.99995), field="gamma"), NARROW).shares == (1, 0)


def test_zero_stands_apart_at_the_left_and_off_at_the_right() -> None:
    left = places(compared((0.0, 0.01, 0.1), field="entropy_coef"), NARROW)
    assert left.shares[0] == 0.0 < left.breaks[0] < left.shares[1] < left.shares[2] == 1.0
    right = places(compared((0.1, None, 0.2)), NARROW)
    assert right.shares[0] == 0.0 < right.shares[2] < right.breaks[0] < right.shares[1] == 1.0
    assert right.sequence == (0, 2, 1)


def test_a_zero_that_is_on_the_scale_stands_there() -> None:
    axis = places(compared((0.0, 0.5, 1.0), field="gae_lambda"), NARROW)
    assert axis.shares == pytest.approx((0, 0.5, 1))
    assert axis.breaks == ()


@pytest.mark.parametrize(("field", "values"), [("algorithm", ("a2c", "ppo")), ("anneal", (True, False))])
def test_what_has_no_order_is_not_connected(field: str, values: tuple[Value, ...]) -> None:
    axis = places(compared(values, field=field), NARROW)
    assert axis.shares == (0, 1)
    assert not axis.is_ordered


@pytest.mark.parametrize("value", [0.2, None])
def test_a_single_value_stands_in_the_middle(value: Value) -> None:
    assert places(compared((value,)), NARROW).shares == (0.5,)


# ---- how results are scaled


@pytest.mark.parametrize("measure", [FINAL_KL, MEASURES["final_max_ratio"]])
@pytest.mark.parametrize(("low", "high"), [(1.2, 1.6), (0.004, 0.3), (1.0, 40.0), (0.01, 0.01), (7e12, 7e12)])
def test_a_log_axis_ends_on_round_numbers_and_shows_at_least_two(
    measure: Measure, low: float, high: float
) -> None:
    scale = value_scale(measure, compared())
    ends = scale.to_plot(np.array([low, high]))
    shown = scale.widened(None, float(ends[0]), float(ends[1]))
    assert shown[0] <= ends[0] + 1e-9
    assert shown[1] >= ends[1] - 1e-9
    assert all(f"{10**end:.0e}"[0] in "125" for end in shown)
    ticks = scale.ticks(shown, 5)
    assert 2 <= len(ticks) <= 6
    assert all(shown[0] - 1e-9 <= place <= shown[1] + 1e-9 for place, _ in ticks)


@pytest.mark.parametrize(
    ("low", "high", "ends", "texts"),
    [
        (3e11, 8e12, (2e11, 1e13), ["200G", "500G", "1.0e12", "2.0e12", "5.0e12", "1.0e13"]),
        (7e20, 4e21, (5e20, 5e21), ["5.0e20", "1.0e21", "2.0e21", "5.0e21"]),
        (1.0, 1e30, (1.0, 1e30), ["1", "1M", "1e12", "1e18", "1e24", "1e30"]),
        (1e300, math.inf, (5e299, 2e300), ["5.0e299", "1.0e300", "1.5e300", "2.0e300"]),
        (1e-14, 3e-6, (1e-6, 5e-6), ["1.0e−6", "2.0e−6", "3.0e−6", "4.0e−6", "5.0e−6"]),
        (-5.0, 0.0, (5e-7, 2e-6), ["5.0e−7", "1.0e−6", "1.5e−6", "2.0e−6"]),
    ],
)
def test_a_log_axis_has_room_for_every_result(
    low: float, high: float, ends: tuple[float, float], texts: list[str]
) -> None:
    scale = value_scale(FINAL_KL, compared())
    shown = scale.widened(None, *map(float, scale.to_plot(np.array([low, high]))))
    assert shown == pytest.approx(np.log10(ends))
    assert [text for _, text in scale.ticks(shown, 5)] == texts


def test_fractions_are_in_percent() -> None:
    scale = value_scale(FINAL_CLIP_FRACTION, compared())
    assert scale.ticks((0.0, 20.0), 4)[-1] == (20.0, "20 %")


# ---- what is drawn


def test_every_mean_and_every_seed_is_in_the_picture_and_no_seed_hides_a_mean(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard, theme: Theme
) -> None:
    values = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.8)
    runs = results(*(tuple(60.0 * number + 3 * seed for seed in range(20)) for number in range(8)))
    show(qtbot, comparisons, compared(values, n_seeds=20), runs)
    area, marker, dot = shown_by(card).frame.area, MARKER * theme.base_size, SEED * theme.base_size
    for variant, seed in itertools.product(range(8), range(1, 21)):
        centre, point = place_of(card, variant), place_of(card, variant, seed)
        assert area.contains(centre)
        assert area.contains(point)
        assert point.x() - dot >= centre.x() + marker
        later = [place_of(card, other).x() - marker for other in range(8) if other > variant]
        assert all(point.x() <= column for column in later)


def test_the_range_of_results_only_widens(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    low = {key: record_of([update(990, clip_fraction=0.3), finished()]) for key in results((1,), (2,))}
    show(qtbot, comparisons, compared(n_seeds=1), low)
    ask(qtbot, comparisons, FINAL_CLIP_FRACTION)
    wide = card.plot.value_range
    assert wide is not None
    assert wide[1] >= 30
    digest = comparisons.digest
    assert digest is not None
    narrow = tuple(
        dataclasses.replace(one, centre=0.01, low=0.01, high=0.01, samples=dict.fromkeys(one.samples, 0.01))
        for one in digest.estimates[FINAL_CLIP_FRACTION.name]
    )
    estimates = {**digest.estimates, FINAL_CLIP_FRACTION.name: narrow}
    card.plot.show_digest(dataclasses.replace(digest, estimates=estimates))
    assert card.plot.value_range == wide
    ask(qtbot, comparisons, FINAL_RETURN)
    assert card.plot.value_range == (0, 500)


def solved_at(steps: int) -> RunRecord:
    return record_of([*(episode(n, 480, 480) for n in range(1, 100)), episode(steps, 480, 480), finished()])


def test_seeds_that_are_not_solved_are_told_as_such(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    runs = {RunKey(0, 1): solved_at(400), RunKey(0, 2): ended_with(9)}
    show(qtbot, comparisons, compared((0.2,), n_seeds=2), runs)
    assert not any("lower bound" in text for text in legend_of(card))
    ask(qtbot, comparisons, STEPS_TO_THRESHOLD)
    assert any("lower bound" in text for text in legend_of(card))
    assert place_of(card, 0, 2).y() == pytest.approx(shown_by(card).frame.row(1000))
    assert "not solved within 1 000 steps" in card.plot.tip_at(place_of(card, 0, 2))
    assert "mean ≥ 700" in card.plot.tip_at(place_of(card, 0))


def test_the_sign_of_a_lower_bound_is_whole_in_a_large_font(theme: Theme) -> None:
    theme.set_projector(True)
    font, ink = theme.font(1.5), []
    for paint in (
        AtLeast(10.0, font, QColor("black")).paint,
        lambda painter, centre: (painter.setFont(font), painter.drawText(centre - QPointF(60, 0), "≥")),
    ):
        image = QImage(200, 200, QImage.Format.Format_Grayscale8)
        image.fill(255)
        painter = QPainter(image)
        paint(painter, QPointF(100, 100))
        painter.end()
        pixels = np.frombuffer(image.constBits(), np.uint8)
        ink.append((pixels < 128).sum())
    assert ink[0] == pytest.approx(ink[1], rel=0.05)


def test_a_variant_stands_at_its_mean(qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    assert comparisons.digest is not None
    for variant, result in enumerate(comparisons.digest.estimates[FINAL_RETURN.name]):
        assert result.low < result.centre < result.high
        assert place_of(card, variant).y() == pytest.approx(shown_by(card).frame.row(result.centre))


def test_what_is_drawn_is_named_in_the_legend(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    assert legend_of(card) == ["a seed", "95 % interval", "joins neighbours", "level of 0.10"]
    show(qtbot, comparisons, compared(), {RunKey(0, 1): solved_at(400), RunKey(0, 2): ended_with(9)})
    ask(qtbot, comparisons, STEPS_TO_THRESHOLD)
    assert any("lower bound" in text for text in legend_of(card))


def test_before_the_first_comparison_and_with_nothing_known_it_can_be_painted(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    assert card.plot.tip_at(QPointF(100, 100)) == ""
    assert not card.grab().isNull()
    show(qtbot, comparisons, compared(n_seeds=1), NOTHING_USABLE)
    for measure in comparisons.measures:
        ask(qtbot, comparisons, measure)
        assert not card.grab().isNull()


def test_how_far_it_is_is_said_until_it_is_there(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    progress = card.findChild(QLabel, "effect_progress")
    show(qtbot, comparisons, compared(n_seeds=1), NOTHING_USABLE)
    assert progress.text() == "so far: after 0 % of the steps"
    show(qtbot, comparisons, compared(n_seeds=1), results((1,), (2,)))
    assert progress.text() == ""


@pytest.mark.parametrize(("width", "height"), [(420, 300), (560, 460), (1100, 360)])
@pytest.mark.parametrize("projector", [False, True])
def test_the_verdict_is_never_cut(
    qtbot: QtBot,
    comparisons: ComparisonSession,
    card: EffectCard,
    theme: Theme,
    width: int,
    height: int,
    projector: bool,
) -> None:
    show(qtbot, comparisons, compared((0.1, 0.2, 0.4)), results((480, 500, 450), (490, 470, 480), (1, 2, 9)))
    theme.set_projector(projector)
    card.resize(width, height)
    verdict = card.findChild(QLabel, "verdict_label")
    lay_out()
    assert (
        verdict.text()
        .replace("\u00a0", " ")
        .startswith("Best: ε = 0.20, but 3 seeds do not prove it better than 0.10")
    )
    assert verdict.height() >= verdict.heightForWidth(verdict.width())


# ---- what one can do


def test_the_combos_ask_and_follow_what_is_asked(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((1, 2, 3), (4, 5, 6)))
    measure, centre, reference = (combo(card, f"{name}_combo") for name in ("measure", "centre", "reference"))
    assert [measure.itemText(place) for place in range(measure.count())] == [
        measure.label for measure in comparisons.measures
    ]
    assert reference.itemText(1) == "against 0.20"
    measure.activated.emit(1)
    centre.activated.emit(1)
    reference.activated.emit(1)
    assert comparisons.question.measure == comparisons.measures[1]
    assert comparisons.question.centre is Centre.INTERQUARTILE_MEAN
    assert comparisons.question.reference == 1
    comparisons.choose_reference(0)
    comparisons.choose_measure(FINAL_RETURN)
    assert (measure.currentIndex(), reference.currentIndex()) == (0, 0)


def test_pointing_at_a_point_or_a_sentence_points_at_the_variant_everywhere(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    area = shown_by(card).frame.area
    for point, variant in (
        (place_of(card, 0, 2), 0),
        (place_of(card, 1), 1),
        (QPointF(place_of(card, 0).x(), area.bottom() + 12), 0),
        (area.center(), None),
    ):
        move_to(card.plot, point)
        assert comparisons.highlighted == variant
    row = card.words.rows[0]
    row.entered.emit(row.variant)
    assert comparisons.highlighted == 1
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))
    assert comparisons.highlighted is None


def test_what_is_settled_stands_out_unless_another_variant_is_pointed_at(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared((0.1, 0.2, 0.4)), results((480, 500, 450), (490, 470, 480), (1, 2, 9)))

    def colours() -> list[str]:
        return [row.shown.colour for row in card.words.rows[:2]]

    assert colours() == ["muted", "text"]
    comparisons.highlight(1)
    assert colours() == ["muted", "muted"]
    comparisons.highlight(2)
    assert colours() == ["muted", "text"]


def test_a_double_click_on_a_seed_opens_it_in_train(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    point = place_of(card, 1, 3).toPoint()
    with qtbot.waitSignal(comparisons.opened_in_train):
        qtbot.mouseDClick(card.plot, Qt.MouseButton.LeftButton, pos=point)
    settings = comparisons.session.settings
    assert settings.seed == 3
    assert settings.hyperparameters.clip_range == 0.2


def test_the_menu_of_a_seed_opens_it_shows_its_environments_and_makes_it_the_reference(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    point = place_of(card, 1, 2).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, card.plot.mapToGlobal(point))
    QApplication.sendEvent(card.plot, event)
    menu = card.findChild(QMenu, "variant_menu")
    actions = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignal(comparisons.opened_in_train):
        actions["Open seed 2 in Train"].trigger()
    actions["Show the environments of seed 2"].trigger()
    actions["Compare the others with this"].trigger()
    assert (comparisons.seed, comparisons.question.reference) == (2, 1)
    menu.close()


def test_a_hidden_card_rests_and_catches_up(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    card.hide()
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    assert card.plot.picture is None
    with qtbot.waitExposed(card):
        card.show()
    assert card.plot.picture is not None


def test_the_accessible_description_of_the_picture_is_the_verdict(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 104, 101), (400, 450, 470)))
    assert card.plot.accessibleDescription().startswith("Best: ε")


# ---- the keyboard


def focus(qtbot: QtBot, card: EffectCard) -> None:
    card.activateWindow()
    card.plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(card.plot.hasFocus)


def test_arrow_keys_go_from_value_to_value_as_they_stand_and_say_their_numbers(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared((0.8, 0.1, 0.2), 2), results((400, 410), (100, 104), (450, 470)))
    before = card.plot.grab().toImage()
    focus(qtbot, card)
    assert card.plot.focusPolicy() is Qt.FocusPolicy.TabFocus
    assert comparisons.highlighted == 1
    assert card.plot.grab().toImage() != before
    qtbot.keyClick(card.plot, Qt.Key.Key_Right)
    assert comparisons.highlighted == 2
    assert "seed 1: 450.0" in card.plot.accessibleDescription()
    qtbot.keyClick(card.plot, Qt.Key.Key_Right)
    qtbot.keyClick(card.plot, Qt.Key.Key_Right)
    assert comparisons.highlighted == 0
    qtbot.keyClick(card.plot, Qt.Key.Key_Left)
    assert comparisons.highlighted == 2
    card.plot.clearFocus()
    assert comparisons.highlighted is None
    assert card.plot.accessibleDescription().startswith("Best: ε")


def test_return_opens_the_value_reached_and_the_menu_key_offers_its_seeds(
    qtbot: QtBot, comparisons: ComparisonSession, card: EffectCard
) -> None:
    show(qtbot, comparisons, compared(), results((100, 200, 300), (400, 450, 470)))
    focus(qtbot, card)
    qtbot.keyClick(card.plot, Qt.Key.Key_Right)
    with qtbot.waitSignal(comparisons.opened_in_train):
        qtbot.keyClick(card.plot, Qt.Key.Key_Return)
    assert comparisons.session.settings.hyperparameters.clip_range == 0.2
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(card.plot, event)
    menu = card.findChild(QMenu, "variant_menu")
    assert menu.actions()[0].text() == "Open in Train"
    QApplication.sendEvent(card.plot, QEvent(QEvent.Type.Leave))  # for the mouse it lies over the plot
    assert comparisons.highlighted == 1
    menu.actions()[-1].trigger()
    assert comparisons.question.reference == 1
    menu.close()
