"""The Lessons page: the course, then one step at a time beside the cards that the lesson names."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.lessons.course import open_lesson
from ppo_desktop.lessons.lesson import CURVES, UPDATE_PICTURES, Axis
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.quantities import COMPARED
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import COLUMNS
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.charts.shapes import Lines, Scatter
from ppo_desktop.views.controls import Card
from ppo_desktop.views.curve_plot import CurvePlot
from ppo_desktop.views.lessons.course_list import CourseList
from ppo_desktop.views.lessons.findings_card import PairsChart, SeedCurves, fitting_scale
from ppo_desktop.views.lessons.lesson_cards import curve_card, fixed
from ppo_desktop.views.lessons.lesson_plot import LessonPlot
from ppo_desktop.views.lessons.lesson_text import LessonText
from ppo_desktop.views.lessons.lessons_page import LessonsPage
from ppo_desktop.views.plot_cards import scale_of
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update import pictures
from ppo_desktop.views.update_panel import Aspect, UpdatePanel
from tests.comparisons import ended_with
from tests.lessons_written import written
from tests.widgets import find, lay_out


@pytest.fixture
def lessons(qtbot: QtBot, tmp_path: Path) -> Iterator[LessonSession]:
    del qtbot
    train = Session(
        RunSettings("CartPole-v1", Algorithm.PPO, presets_for("CartPole-v1")[0].hyperparameters, 1)
    )
    lessons = LessonSession(train, tmp_path / "answers.json")
    yield lessons
    lessons.close()
    train.close()


@pytest.fixture
def page(qtbot: QtBot, lessons: LessonSession, theme: Theme) -> Iterator[LessonsPage]:
    page = LessonsPage(lessons, theme)
    qtbot.addWidget(page)
    qtbot.addWidget(page.bar)
    page.resize(1280, 640)
    page.show()
    page.bar.show()
    yield page
    page.close_down()


def open_written(lessons: LessonSession, tmp_path: Path, old: str = "", new: str = "") -> None:
    path = tmp_path / "small.md"
    path.write_bytes(written(old, new))
    lessons.open_file(path)


def shown(page: QWidget, name: str) -> bool:
    """Whether something of this name is shown."""
    return any(widget.isVisible() for widget in page.findChildren(QWidget, name))


def test_a_page_that_is_not_shown_has_read_no_lesson(lessons: LessonSession, theme: Theme) -> None:
    page = LessonsPage(lessons, theme)
    assert (lessons._course, lessons._book, lessons.run, page.layout()) == (None, None, None, None)
    page.bar.deleteLater()


def test_the_course_lists_every_lesson_and_a_click_opens_one(
    page: LessonsPage, lessons: LessonSession
) -> None:
    for opened in lessons.course:
        assert shown(page, f"lesson_{opened.lesson.id}")
    first = lessons.course[0].lesson
    find(page, QPushButton, f"lesson_{first.id}").click()
    assert lessons.lesson is first
    assert find(page, QLabel, "lesson_title").text() == first.title
    find(page.bar, QPushButton, "all_lessons_button").click()
    assert lessons.lesson is None
    assert shown(page, f"lesson_{first.id}")


def test_only_the_cards_and_sliders_of_the_lesson_are_shown(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    assert not shown(page, "clip_range_slider"), "nobody tries out what is to be predicted"
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    for name in ("environment_view", "clipped_objective_view", "lesson_return_plot", "clip_range_slider"):
        assert shown(page, name), name
    for name in ("entropy_plot", "lesson_approx_kl_plot", "learning_rate_slider", "watch_button"):
        assert not shown(page, name), name
    assert not shown(page, "lesson_speed_slider"), "it is locked"
    assert shown(page, "lesson_reset_button")
    show = "show: environment, objective, mean_return, clip_fraction"
    content = written(show, "show: samples, approx_kl, clip_fraction, mean_return").decode()
    (tmp_path / "other.md").write_text(content.replace("lock: speed\n", ""), encoding="utf-8")
    lessons.open_file(tmp_path / "other.md")
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    for name in ("sample_table", "lesson_approx_kl_plot", "lesson_speed_slider"):
        assert shown(page, name), name
    for name in ("environment_view", "clipped_objective_view", "objective_page"):
        assert not shown(page, name), name


def test_the_play_head_is_there_where_a_run_is_to_be_saved(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    assert not shown(page, "timeline_slider")
    open_written(lessons, tmp_path, "lock: speed", "begin: collapsed")
    assert shown(page, "timeline_slider")
    assert not shown(page, "recent_runs_button"), "the library is not of the lesson"


def test_every_lesson_that_ships_shows_what_it_names(page: LessonsPage, lessons: LessonSession) -> None:
    for opened in lessons.course:
        lessons.open(opened)
        assert not lessons.notices.current.is_warning
        assert shown(page, "environment_view") is ("environment" in opened.lesson.show)
        for curve in set(opened.lesson.show) & set(CURVES):
            assert shown(page, curve_card(curve, "CartPole-v1", 2).name), (opened.lesson.id, curve)


def test_run_stays_grey_until_the_answer_and_a_reason_are_committed(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    run, go_on = (find(page, QPushButton, f"lesson_{name}_button") for name in ("run", "next"))
    assert (run.isEnabled(), go_on.isEnabled()) == (False, False)
    find(page, QRadioButton, "answer_b").click()
    waiting, reason = go_on.text(), find(page, QLineEdit, "lesson_reason")
    go_on.click()
    assert (run.isEnabled(), lessons.place) == (False, 0)
    assert page.focusWidget() is reason, "what is missing is gone to"
    reason.setText("so it seems")
    assert (run.isEnabled(), go_on.isEnabled()) == (False, True)
    assert go_on.text() != waiting
    go_on.click()
    assert run.isEnabled()
    run.click()
    assert (run.isEnabled(), lessons.has_run) == (False, True)


def test_the_card_that_is_pointed_at_is_lit_and_pairs_stand_in_the_verdict(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    lessons.next()
    lit = [card for card in page.findChildren(Card) if card.property("role") == "lit"]
    assert [shown(card, "lesson_clip_fraction_plot") for card in lit] == [True]
    lessons.choose("a")
    lessons.next()
    assert not [card for card in page.findChildren(Card) if card.property("role") == "lit"]
    qtbot.waitUntil(lambda: lessons.state is JobState.COMPLETE)
    lessons.next()
    qtbot.waitUntil(lambda: bool(lessons.findings))
    pairs, curves = (
        find(page, PairsChart, "lesson_pairs_figure"),
        find(page, SeedCurves, "lesson_seeds_figure"),
    )
    qtbot.waitUntil(lambda: pairs.picture is not None and pairs.isVisible())
    assert pairs.picture is not None
    assert list(pairs.picture.keys) == [1, 2, 3]
    assert curves.picture is not None
    assert not shown(page, "environment_view")
    words = find(page, QLabel, "lesson_findings").text()
    assert all(finding.outcome.label in words for finding in lessons.findings)


def test_of_a_recorded_run_the_legend_names_what_is_kept_of_it(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    assert lessons.opened is not None
    keys = lessons.opened.lesson.comparison.run_keys()
    lessons.opened.record({key: ended_with(100.0) for key in keys})
    (plot,) = [plot for plot in page.findChildren(CurvePlot) if plot.card.name == "lesson_return_plot"]
    assert len(plot.read_outs) == 3
    lessons.show_recorded()
    assert list(plot.read_outs) == ["mean_return"]
    assert "100" not in plot.read_outs["mean_return"].text(), "it is not the mean of the last hundred"
    lessons.open(lessons.opened)
    assert len(plot.read_outs) == 3


def plot_of(page: LessonsPage, name: str) -> LessonPlot:
    return next(plot for plot in page.findChildren(LessonPlot) if plot.card.name == name)


def test_the_legend_names_the_run_that_plays_and_the_one_before_the_change(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    plot = plot_of(page, "lesson_return_plot")
    assert plot.run_entries == [], "there is only one"
    qtbot.waitUntil(lambda: play(lessons).steps > 0)
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    before, own = plot.run_entries
    assert "ε = 0.20" in before
    assert "ε = off" in own
    play(lessons).change(clip_range=0.4)
    _, own = plot.run_entries
    assert "ε = off" not in own, "that is not what plays any more"
    play(lessons).new_seed()
    qtbot.waitUntil(lambda: play(lessons).run_settings.seed != 1)
    assert "seed 1" in plot.run_entries[0]


def test_a_branch_is_told_from_the_run_that_it_left(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path, "lock: speed", "begin: collapsed")
    run, plot = play(lessons), plot_of(page, "lesson_return_plot")
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    run.show_update(5)
    qtbot.waitUntil(lambda: run.shown_update == 5)
    run.change(clip_range=0.05)
    run.continue_here()
    qtbot.waitUntil(lambda: run.opened.parent is not None and run.steps > 6 * 64)
    assert len(plot.run_entries) == 2
    strokes = {read_out.series.stroke for read_out in plot._runs.read_outs.values()}
    assert len(strokes) == 2
    qtbot.waitUntil(lambda: Stroke.BOLD_DASHED in {curve.stroke for curve in plot.curves.curves})


def test_of_a_recorded_run_it_is_said_that_it_has_no_pictures_and_that_is_lit_when_they_are_pointed_at(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path, "point: clip_fraction", "point: objective")
    assert lessons.opened is not None
    keys = lessons.opened.lesson.comparison.run_keys()
    lessons.opened.record({key: ended_with(100.0) for key in keys})
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    assert not shown(page, "recorded_note")
    lessons.show_recorded()
    assert shown(page, "recorded_note")
    assert not shown(page, "clipped_objective_view")
    lessons.next()
    (lit,) = [card for card in page.findChildren(Card) if card.property("role") == "lit"]
    assert shown(lit, "recorded_note")
    lay_out()
    assert shown(page, "answer_c")
    lessons.begin_again()
    assert not shown(page, "recorded_note")
    assert shown(page, "clipped_objective_view")


def test_the_course_says_where_a_lesson_was_left(page: LessonsPage, lessons: LessonSession) -> None:
    first = lessons.course[0]
    (course,) = page.findChildren(CourseList)
    least = course.minimumSizeHint().width()
    lessons.open(first)
    assert not find(page.bar, QPushButton, "begin_again_button").isEnabled()
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    assert find(page.bar, QPushButton, "begin_again_button").isEnabled()
    lessons.close_lesson()
    assert "2" in course._notes[first.lesson.id].text()
    assert course.minimumSizeHint().width() == least, "on a narrow screen the note gives way"
    lessons.open(first)
    lessons.begin_again()
    lessons.close_lesson()
    assert "2" not in course._notes[first.lesson.id].text()


def test_a_lesson_stands_whatever_is_done_in_any_order(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path, "lock: speed", "begin: collapsed")
    opened = lessons.opened
    assert opened is not None
    keys = opened.lesson.comparison.run_keys()
    opened.record({key: ended_with(100.0 * key.variant + key.seed) for key in keys})
    chance = random.Random(1)
    deeds: list[Callable[[], object]] = [
        *[lessons.next] * 6,
        *[partial(lessons.choose, letter) for letter in "abc"],
        *[partial(lessons.give_reason, "so it seems")] * 2,
        *[lessons.run_change] * 3,
        *[lessons.toggle] * 2,
        lessons.show_recorded,
        lessons.close_lesson,
        lessons.begin_again,
        partial(lessons.open, opened),
        partial(lessons.open, lessons.course[3]),
        lambda: lessons.copy_line("small"),
        lambda: page.setVisible(not page.isVisible()),
        lambda: play(lessons).change(clip_range=chance.choice([0.1, None])),
        lambda: play(lessons).new_seed(),
        lambda: play(lessons).reset(),
        lambda: play(lessons).show_update(2),
        lambda: play(lessons).continue_here(),
    ]
    for _ in range(250):
        chance.choice(deeds)()
        if chance.random() < 0.3:
            QApplication.processEvents()
    page.show()
    lessons.open(opened)
    lessons.begin_again()
    qtbot.waitUntil(
        lambda: play(lessons).run_settings == opened.lesson.settings() and play(lessons).steps > 0
    )


def play(lessons: LessonSession) -> Session:
    """Return the run that plays."""
    assert lessons.run is not None
    return lessons.run


def show_recorded_verdict(
    qtbot: QtBot, lessons: LessonSession, path: Path, failed: frozenset[RunKey] = frozenset()
) -> None:
    """Open a lesson, let its recorded runs be made up, some of which have failed, and go to its verdict."""
    opened = open_lesson(path)
    keys = [*opened.lesson.comparison.run_keys()]
    reasons = {key: FinishReason.FAILED if key in failed else FinishReason.COMPLETED for key in keys}
    opened.record({key: ended_with(100.0 * key.variant + key.seed, reasons[key]) for key in keys})
    lessons.open(opened)
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.show_recorded()
    qtbot.waitUntil(lambda: bool(lessons.findings))
    lessons.next()
    lessons.choose("a")
    for _ in range(2):
        lessons.next()


@pytest.mark.parametrize(("answer", "is_corrected"), [("b", False), ("a", True)])
def test_what_was_answered_is_compared_with_what_is_expected_whether_or_not_runs_show_it(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path, answer: str, is_corrected: bool
) -> None:
    concept = "question: Two actions of four are equally likely, the others impossible. How many bits?"
    content = written("question: What did it do?", concept).replace(b"expected: c", b"expected: b")
    (tmp_path / "small.md").write_bytes(content)
    lessons.open_file(tmp_path / "small.md")
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    lessons.next()
    lessons.choose(answer)
    lessons.next()
    lay_out()
    said = [label for label in page.findChildren(QLabel) if label.isVisible()]
    assert any(label.text().endswith(f" {answer}: {'Fall.' if answer == 'b' else 'Rise.'}") for label in said)
    corrections = [label.text() for label in said if label.property("role") == "correction"]
    assert ["b: Fall." in text for text in corrections] == [True] * is_corrected
    assert not any("runs show" in label.text() for label in said)


def test_a_run_that_failed_leaves_a_gap_among_the_pairs(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    (tmp_path / "small.md").write_bytes(written())
    show_recorded_verdict(qtbot, lessons, tmp_path / "small.md", frozenset({RunKey(1, 2)}))
    chart = find(page, PairsChart, "lesson_pairs_figure")
    picture = chart.picture_in(QRectF(0, 0, 400, 300))
    assert picture is not None
    scatters = [shape for shape in picture.shapes if isinstance(shape, Scatter)]
    rows = [
        [dict(zip(shape.marked, shape.rows, strict=True))[seed] for seed in (1, 2, 3)] for shape in scatters
    ]
    np.testing.assert_array_equal(np.array(rows), [[1, 2, 3], [101, np.nan, 103], [201, 202, 203]])


@pytest.mark.parametrize(
    ("changes", "are_values"),
    [("change: clip_range=off", True), ("change: clip_range=off, n_epochs=4", False)],
)
def test_curves_of_the_pairs_are_not_called_by_the_first_of_several_values(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path, changes: str, are_values: bool
) -> None:
    content = written("change: clip_range=off\nchange: clip_range=0.5", changes)
    content = content.replace(b" with clip_range=off\n", b"\n")
    (tmp_path / "small.md").write_bytes(content)
    show_recorded_verdict(qtbot, lessons, tmp_path / "small.md")
    picture = find(page, SeedCurves, "lesson_seeds_figure").picture_in(QRectF(0, 0, 400, 300))
    assert picture is not None
    legends = [shape.legend for shape in picture.shapes if isinstance(shape, Lines)]
    assert len(legends) == 2
    assert all(("ε" in legend) is are_values for legend in legends)


def test_an_axis_holds_for_all_curves_of_a_card(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    content = written("show: environment, objective, mean_return,", "show: gradient_cut_fraction,")
    content = content.replace(b"mean_return 0 500, clip_fraction 0 1", b"clip_fraction 0 0.25")
    (tmp_path / "small.md").write_bytes(content)
    lessons.open_file(tmp_path / "small.md")
    assert page._view is not None
    assert page._view.cards._card_of("gradient_cut_fraction").scale.first_range == (0.0, 25.0)


def test_going_on_lets_the_change_run_and_the_focus_stays_in_the_lesson(
    qtbot: QtBot, page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    open_written(lessons, tmp_path)
    page.activateWindow()
    reason = find(page, QLineEdit, "lesson_reason")
    lessons.choose("b")
    reason.setFocus()
    qtbot.keyClicks(reason, "so it seems")
    lessons.go_on()
    assert (lessons.place, lessons.has_run) == (1, False)
    focused = page.focusWidget()
    assert focused is not None
    (text,) = page.findChildren(LessonText)
    assert text.isAncestorOf(focused)
    lessons.go_on()
    assert (lessons.place, lessons.has_run) == (1, True)
    lessons.go_on()
    assert lessons.place == 2


def test_a_line_is_copied_at_the_end_and_a_class_is_counted_from_pasted_lines(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path, qapp: QApplication
) -> None:
    open_written(lessons, tmp_path)
    lessons.choose("b")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    lessons.next()
    lessons.choose("c")
    for _ in range(3):
        lessons.next()
    find(page, QPushButton, "copy_line_button").click()
    line = qapp.clipboard().text()
    find(page.bar, QPushButton, "class_result_button").click()
    window = find(page.bar.window(), QDialog, "class_result_window")
    find(window, QPlainTextEdit, "class_lines").setPlainText(f"{line}\n{line}\nhello")
    said = find(window, QPlainTextEdit, "class_result").toPlainText()
    assert "predicted: b 2" in said
    assert "saw: c 2" in said
    assert "1 line" in said
    window.close()


def test_what_stands_in_a_file_is_shown_as_it_is(
    page: LessonsPage, lessons: LessonSession, tmp_path: Path
) -> None:
    hostile = "<img src='file:///etc/passwd'><b>x</b>"
    open_written(lessons, tmp_path, "title: What does ε do?", f"title: {hostile}")
    title = find(page, QLabel, "lesson_title")
    assert title.text() == hostile
    assert title.textFormat().name == "PlainText"


def test_every_picture_of_the_update_that_a_lesson_can_show_is_there(qtbot: QtBot, theme: Theme) -> None:
    session = Session(
        RunSettings("CartPole-v1", Algorithm.PPO, presets_for("CartPole-v1")[0].hyperparameters, 1)
    )
    watching = Watching(session)
    panel = UpdatePanel(session, watching, theme)
    qtbot.addWidget(panel)
    for name in UPDATE_PICTURES:
        panel.offer([name])
        assert panel.view == name
    further = [picture.id for picture in pictures.UPDATE_PICTURES]
    assert {*UPDATE_PICTURES} == {*(aspect.value for aspect in Aspect), *further}
    panel.close_down()
    watching.close()
    session.close()


def test_on_a_logarithmic_axis_of_less_than_a_decade_numbers_between_1_and_2_are_written() -> None:
    scale = fitting_scale(COMPARED["max_ratio"])
    labels = [label for _, label in scale.ticks((0.0, math.log10(2.2)), 5)]
    assert labels == ["1", "1.25", "1.5", "1.75", "2"]
    assert [label for _, label in scale.ticks((0.0, 1.0), 5)] == ["1", "2", "5", "10"]


def test_a_logarithmic_axis_of_the_verdict_shows_what_is_drawn_and_no_whole_decade() -> None:
    scale = fitting_scale(COMPARED["approx_kl"])
    low, high = scale.to_plot(np.array([0.003, 0.0045]))
    shown = scale.widened(scale.first_range, low, high)
    assert shown == pytest.approx((math.log10(0.002), math.log10(0.005)))
    assert len(scale.ticks(shown, 3)) >= 2
    assert fitting_scale(COMPARED["policy_entropy"]) == scale_of(COMPARED["policy_entropy"])


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_that_a_lesson_can_show_is_drawn_with_axes(curve: str) -> None:
    card = curve_card(curve, "CartPole-v1", 2)
    keys = [series.key for series in card.series]
    assert not card.small
    assert set(keys) <= set(COLUMNS)
    assert curve in keys or curve == "gradient_norm"


@pytest.mark.parametrize(
    ("curve", "axis", "ends"),
    [
        ("mean_return", Axis(0, 500), (0.0, 500.0)),
        ("clip_fraction", Axis(0, 0.5), (0.0, 50.0)),
        ("policy_entropy", Axis(0, math.log(2)), (0.0, 1.0)),
        ("approx_kl", Axis(1e-4, 1), (-4.0, 0.0)),
        ("max_ratio", Axis(1, 3), (0.0, math.log10(3))),
    ],
)
def test_fixed_axes_stay_as_they_are_whatever_is_drawn(
    curve: str, axis: Axis, ends: tuple[float, float]
) -> None:
    scale = fixed(curve_card(curve, "CartPole-v1", 2).scale, axis)
    drawn = scale.to_plot(np.array([1e-9, 0.3, 1e6]))
    assert scale.first_range == pytest.approx(ends)
    assert scale.widened(scale.first_range, drawn.min(), drawn.max()) == pytest.approx(ends)
