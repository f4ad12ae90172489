"""A card shows its curves, its level, the marks and the values at the crosshair."""

import dataclasses

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics

from ppo_desktop.ppo.events import EpisodeEnded, HyperparametersChanged
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.runs.history import CAPACITY, History
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import NO_VALUE, Series
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.curve_plot import CurvePlot, Surroundings
from ppo_desktop.views.theme import Appearance, Theme
from tests.drawn_points import points_drawn
from tests.tagged_marks import shown_labels

CARD = PlotCard(
    name="some_plot",
    titles=("A rather long title of a plot", "A title"),
    explanation="return",
    series=(
        Series("return", ("episodes", ""), Stroke.POINTS, "episode_return", has_value=False),
        Series("mean_return", ("mean of last 100:", "mean:"), Stroke.BOLD, "episode_return", window=100),
    ),
    scale=LinearScale(write="{:.1f}".format, widest="000.0", first_range=(0.0, 100.0)),
    empty="Nothing yet.",
    drawing="Only where x < y.",
)


SOLVED = dataclasses.replace(CARD, level=75.0, level_name="solved at 75")


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    theme.set_appearance(Appearance.DARK)
    yield theme
    theme.set_projector(False)
    theme.deleteLater()


@pytest.fixture
def card(qtbot, theme):
    card = CurvePlot(theme, CARD)
    qtbot.addWidget(card)
    card.resize(600, 260)
    with qtbot.waitExposed(card):
        card.show()
    card.plot.set_last_step(10_000)
    card.plot.set_steps_range(0, 10_000)
    return card


def make_history(returns, spacing=100):
    history = History()
    for number, value in enumerate(returns, start=1):
        history.add(EpisodeEnded(number * spacing, 0, value, 10, value / 2))
    return history


def change(history, steps, field, old, new):
    history.add(HyperparametersChanged(steps, steps, {field: (old, new)}))


def test_names_and_meaning_can_be_read_by_screen_readers(card):
    assert card.objectName() == "card"
    assert card.plot.objectName() == "some_plot"
    assert card.plot.accessibleName() == "A rather long title of a plot over environment steps"
    assert card.plot.accessibleDescription() == f"{GLOSSARY['return'].meaning} Only where x < y."
    assert "x &lt; y" in card.header.toolTip()


def test_at_the_beginning_of_a_run_that_went_on_no_words_stand_over_what_came_later(card):
    card.set_surroundings(Surroundings(later=make_history([1.0, 2.0])))
    card.draw(make_history([]))
    assert card.note.text == ""
    card.set_surroundings(Surroundings())
    card.draw(make_history([]))
    assert card.note.text == "Nothing yet."


def test_an_empty_plot_says_what_will_appear(card):
    card.draw(History())
    assert card.note.text == "Nothing yet."
    assert card.read_outs["mean_return"].value == NO_VALUE
    card.draw(make_history([10.0]))
    assert card.note.text == ""


def test_the_legend_shows_the_newest_value(card):
    card.draw(make_history([10.0, 30.0]))
    assert card.read_outs["mean_return"].text() == "mean of all 2: 15.0"
    card.draw(make_history([10.0] * 100))
    assert card.read_outs["mean_return"].text() == "mean of last 100: 5.0"
    assert card.read_outs["return"].text() == "episodes"


def test_a_changing_number_moves_nothing(card):
    read_out = card.read_outs["mean_return"]
    card.draw(make_history([10.0]))
    before = read_out.geometry()
    card.draw(make_history([10.0, 999.0]))
    assert read_out.geometry() == before


def test_few_samples_are_drawn_as_they_are(card):
    card.draw(make_history([10.0, 30.0, 20.0]))
    points, line = card.curves.curves
    assert [column.tolist() for column in points.dots] == [[100, 200, 300], [10, 30, 20]]
    assert [column.tolist() for column in line.line] == [[100, 200, 300], [5, 15, 10]]


def ink(card, colour):
    """Return how many pixels of the plot have nearly this colour."""
    picture = card.plot.grab().toImage()
    colours = (picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height()))
    return sum(
        abs(c.red() - colour.red()) + abs(c.green() - colour.green()) + abs(c.blue() - colour.blue()) < 60
        for c in colours
    )


def test_a_lone_sample_is_a_dot(card, theme):
    assert ink(card, theme.colour("episode_return")) == 0
    card.draw(make_history([10.0]))
    assert 5 < ink(card, theme.colour("episode_return")) < 60


def test_what_shows_the_range_is_there_once_samples_share_a_place(card):
    card.draw(make_history([10.0, 30.0]))
    assert not card.shows_ranges
    assert len(card.curves.curves[0].band[0]) == 0
    card.draw(make_history([10.0, 40.0] * (3 * CAPACITY), spacing=1))
    assert card.shows_ranges
    _, low, high = card.curves.curves[0].band
    assert (low.min(), high.max()) == (10, 40)


def test_a_baseline_is_drawn_behind_the_lines_and_goes_again(card):
    card.draw(make_history([10.0, 30.0]))
    own = card.curves.curves
    card.set_baseline(make_history([20.0, 40.0]))
    assert [curve.line[1].tolist() for curve in card.curves.curves] == [[10, 20], [], [5, 15]]
    card.set_baseline(None)
    assert len(card.curves.curves) == len(own)


def lines(card):
    return [curve for curve in card.curves.curves if len(curve.line[0])]


def corners(curve):
    return list(zip(*(values.tolist() for values in curve.line), strict=True))


def test_at_an_earlier_moment_what_came_later_is_drawn_from_there_on_and_a_line_stands_there(card):
    card.set_surroundings(Surroundings(later=make_history([1.0, 2.0, 3.0, 4.0, 5.0])))
    card.draw(make_history([1.0, 2.0, 3.0]))
    assert card.head.steps == 300
    later, shown = map(corners, lines(card))
    assert later == [(300, 1.5), (400, 2.0), (500, 2.5)]
    assert shown == [(100, 0.5), (200, 1.0), (300, 1.5)]
    history = make_history([1.0, 2.0, 3.0, 4.0])
    card.draw(history)
    assert card.head.steps == 400, "it is played"
    card.set_surroundings(Surroundings())
    card.draw(history)
    assert card.head.steps is None
    assert len(lines(card)) == 1


def test_a_branch_is_drawn_in_dashes_from_where_it_left_its_parent_which_goes_on_behind_it(card):
    card.set_surroundings(Surroundings(parent=make_history([1.0, 2.0, 3.0]), branched_at=200))
    card.draw(make_history([1.0, 2.0, 7.0, 8.0]))
    parent, before, own = lines(card)
    assert corners(parent) == [(200, 1.0), (300, 1.5)]
    assert corners(before) == [(100, 0.5), (200, 1.0)]
    assert corners(own) == [(200, 1.0), (300, 3.5), (400, 4.0)]
    assert (before.stroke, own.stroke) == (Stroke.BOLD, Stroke.BOLD_DASHED)


def test_a_number_too_long_for_its_place_is_written_smaller_not_cut(card):
    read_out = card.read_outs["mean_return"]
    text, room = "−123 456 789.0", 40
    assert QFontMetrics(read_out.fitted_font(text, room, is_bold=True)).horizontalAdvance(text) <= room


def test_points_drawn_piece_by_piece_are_all_points(card):
    history = make_history([])
    for number in range(1, 3 * CAPACITY):
        history.add(EpisodeEnded(number, 0, float(number), 10, 1.0))
        if number % 7 == 0:
            card.draw(history)
    card.draw(history)
    x, y = history.curve("return").samples()
    drawn_x, drawn_y = card.curves.curves[0].dots
    assert (drawn_x.tolist(), drawn_y.tolist()) == (x.tolist(), y.tolist())


def test_another_history_replaces_the_curves(card):
    card.draw(make_history([10.0, 30.0]))
    card.draw(make_history([50.0, 70.0]))
    assert card.curves.curves[0].dots[1].tolist() == [50, 70]


def test_the_range_of_values_widens_only_when_it_is_left(card):
    card.draw(make_history([10.0, 99.0]))
    assert card.value_range == (0, 100)
    card.draw(make_history([10.0, 101.0]))
    assert card.value_range == (0, 150)
    low, high = card.plot.viewRange()[1]
    assert low < 0
    assert high > 150


def test_clearing_goes_back_to_the_first_range(card):
    card.draw(make_history([400.0]))
    card.clear()
    assert (card.value_range, points_drawn(card), card.note.text) == ((0, 100), 0, "Nothing yet.")


def test_nothing_is_ranged_automatically(card):
    assert card.plot.getViewBox().autoRangeEnabled() == [False, False]


def test_there_is_no_context_menu(card):
    assert card.plot.getViewBox().menu is None


def test_a_level_is_a_dashed_line_with_a_name(card, theme):
    card.show_card(SOLVED)
    assert (card.level.value, card.level.text) == (75, "solved at 75")
    row = round(card.plot.getViewBox().mapToScene(0.0, card.level.y_pixel(75)).y())
    picture = card.plot.grab().toImage()
    lit = [
        [picture.pixelColor(x, y) == theme.colour("muted") for x in range(300, 500)]
        for y in range(row - 1, row + 2)
    ]
    dashed = max(lit, key=sum)
    assert 50 < sum(dashed) < 180
    card.show_card(CARD)
    assert card.level.value is None
    assert card.plot.grab().toImage() != picture


def test_marks_stand_where_hyperparameters_changed_with_their_label(card):
    history = make_history([10.0])
    change(history, 2000, "clip_range", 0.2, 0.15)
    change(history, 6000, "entropy_coef", 0.01, 0.03)
    card.draw(history)
    assert shown_labels(card.marks) == ["ε 0.20→0.15", "cₕ 0.01→0.03"]
    assert [mark.steps for mark in card.marks.marks] == [2000, 6000]


def test_a_mark_is_drawn_in_the_colour_of_its_slider(card, theme, qtbot):
    history = make_history([10.0])
    change(history, 5000, "clip_range", 0.2, 0.15)
    card.draw(history)
    view_box = card.plot.getViewBox()
    column = round(view_box.mapToScene(card.marks.x_pixel(5000), 0).x())
    picture = card.plot.grab().toImage()
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(column - 1, column + 2)
        for y in range(picture.height())
    }
    assert theme.palette.clip in colours


def test_chips_never_overlap_and_newer_ones_win(card):
    history = make_history([10.0])
    for number in range(40):
        change(history, 1000 + 200 * number, "clip_range" if number % 2 else "gamma", 0.9, 0.1 + number / 100)
    card.draw(history)
    lines, chips = card.marks._laid_out()
    rects = [chip.rect for chip in chips]
    assert len(lines) == 40
    assert 0 < len(chips) < 40
    assert not any(a.intersects(b) for a in rects for b in rects if a is not b)
    assert history.curve("return") is not None
    assert chips[0].mark is lines[-1]


def test_marks_on_the_same_pixel_are_one_until_zoomed_in(card):
    history = make_history([10.0])
    change(history, 1000, "clip_range", 0.2, 0.15)
    change(history, 1030, "clip_range", 0.15, 0.1)
    card.draw(history)
    assert shown_labels(card.marks) == ["ε 0.20→0.10"]
    card.plot.set_steps_range(900, 1200)
    assert shown_labels(card.marks) == ["ε 0.20→0.15", "ε 0.15→0.10"]


def test_the_legend_shows_the_values_at_the_crosshair(card):
    card.draw(make_history([10.0, 30.0, 50.0]))
    card.set_crosshair(190.0)
    assert card.read_outs["mean_return"].value == "15.0"
    assert not card.crosshair.boundingRect().isEmpty()
    card.set_crosshair(None)
    assert card.read_outs["mean_return"].value == "25.0"
    assert card.crosshair.boundingRect().isEmpty()


def test_moving_the_mouse_points_at_a_step(card, qtbot):
    rect = card.plot.getViewBox().sceneBoundingRect()
    middle = QPoint(round(rect.center().x()), round(rect.center().y()))
    with qtbot.waitSignal(card.plot.hovered) as pointed:
        qtbot.mouseMove(card.plot.viewport(), middle)
    assert pointed.args[0] == pytest.approx(5000, abs=50)


def test_a_double_click_asks_for_the_whole_run(card, qtbot):
    rect = card.plot.getViewBox().sceneBoundingRect()
    middle = QPoint(round(rect.center().x()), round(rect.center().y()))
    with qtbot.waitSignal(card.plot.whole_run_asked):
        qtbot.mouseDClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def test_keys_zoom_and_show_the_whole_run(card, qtbot):
    card.plot.setFocus()
    qtbot.keyClick(card.plot, Qt.Key.Key_PageUp)
    low, high = card.plot.viewRange()[0]
    assert high - low == pytest.approx(5000)
    with qtbot.waitSignal(card.plot.whole_run_asked):
        qtbot.keyClick(card.plot, Qt.Key.Key_Home)


def test_zooming_out_stops_at_the_ends_of_the_run(card, qtbot):
    qtbot.keyClick(card.plot, Qt.Key.Key_PageDown)
    assert card.plot.viewRange()[0] == pytest.approx([0, 10_000])


def test_what_does_not_fit_into_the_header_is_shortened(card):
    card.resize(900, 260)
    assert card.header.lead == "A rather long title of a plot"
    card.resize(320, 260)
    assert card.header.lead == "A title"
    edges = [card.read_outs[name].geometry() for name in ("return", "mean_return")]
    assert all(edge.right() < card.header.width() for edge in edges)


def test_changing_the_theme_recolours_everything(card, theme):
    card.draw(make_history([10.0, 30.0]))
    theme.set_appearance(Appearance.LIGHT)
    assert card.curves.curves[1].colour(theme) == QColor(theme.palette.episode_return)
    assert card.plot.backgroundBrush().color() == QColor(theme.palette.card)


def test_large_fonts_make_the_axis_wider(card, theme):
    before = card.plot.getPlotItem().getAxis("left").maximumWidth()
    theme.set_projector(True)
    assert card.plot.getPlotItem().getAxis("left").maximumWidth() > before


def marked(card, *steps, returns=(10.0, 100.0, 95.0, 100.0)):
    """Draw a run of 10 000 steps with a change of ε at each of `steps`."""
    history = make_history(list(returns) * 20, spacing=125)
    for number, at in enumerate(steps):
        change(history, at, "clip_range", 0.2 + number / 100, 0.21 + number / 100)
    card.draw(history)
    return card.marks._laid_out()


def test_no_tag_stands_over_values(card):
    for steps in ([5000], [3000, 6000], range(1000, 9000, 500)):
        _, tags = marked(card, *steps)
        top_of_values = card.marks.y_pixel(100.0) - 2  # a point's radius
        assert tags
        assert all(tag.rect.bottom() < top_of_values for tag in tags)
        card.clear()


def test_a_tag_is_fastened_to_its_line_and_hides_no_other(card):
    card.resize(600, 400)
    _, tags = marked(card, *range(2000, 9900, 400))
    assert len({tag.rect.top() for tag in tags}) == 2
    for tag in tags:
        assert tag.column in (tag.rect.left(), tag.rect.right())
        assert not any(
            tag.rect.intersects(other.pole(other.rect.bottom() + 99)) for other in tags if other is not tag
        )


def test_of_two_tags_above_each_other_the_newer_one_is_on_top(card):
    card.resize(600, 400)
    _, tags = marked(card, 5000, 5400)
    older, newer = sorted(tags, key=lambda tag: tag.mark.steps)
    assert newer.rect.top() < older.rect.top() or newer.rect.left() > older.rect.right()


def test_a_long_name_is_cut_instead_of_left_out(card):
    history = make_history([10.0])
    history.marks.announce({"clip_range": 0.1, "gamma": 0.9}, "A preset with a very long name " * 3)
    history.add(HyperparametersChanged(5000, 50, {"clip_range": (0.2, 0.1), "gamma": (0.99, 0.9)}))
    card.draw(history)
    _, (tag,) = card.marks._laid_out()
    assert tag.text.endswith("…")
    assert tag.rect.right() < card.plot.getViewBox().rect().right()


@pytest.mark.parametrize(
    "returns", [[10.0], [74.0] * 10, [74.0] * 50 + [10.0] * 50, [10.0] * 50 + [76.0] * 50, [60.0, 76.0] * 40]
)
def test_the_name_of_a_level_is_never_drawn_over_and_avoids_the_curves(card, returns):
    card.show_card(SOLVED)
    card.draw(make_history(returns, spacing=100))
    label, area = card.level, card.level.area()
    assert card.plot.getViewBox().rect().contains(area)
    items = [card.curves, card.marks]
    assert all(item.zValue() < label.zValue() for item in items)
    x, y = card.curves.curves[0].dots
    covered = [area.contains(label.x_pixel(a), label.y_pixel(b)) for a, b in zip(x, y, strict=True)]
    assert not any(covered) or returns == [60.0, 76.0] * 40
