"""On a projector every page shows less, large: all of it within the screen, in texts that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from ppo_desktop.views.controls import Card
from ppo_desktop.views.kit.overflow import OverflowArea, VerticalScrollArea
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.kit.table import Table
from ppo_desktop.views.theme import Appearance
from ppo_desktop.views.train_page import TrainPage
from tests.end_to_end.conftest import User
from tests.end_to_end.test_small_screens import seen_part
from tests.kept_runs import keep_run
from tests.widgets import lay_out

PROJECTORS = (QSize(1280, 720), QSize(1024, 768))
LEAST_POINTS = 14


@pytest.fixture
def projected(user: User) -> Iterator[User]:
    """A user who has switched to the projector, in a window of any size."""
    user.window._set_projector(True)
    user.window.setWindowState(Qt.WindowState.WindowNoState)
    lay_out()
    yield user
    user.window._theme.set_projector(False)


def show(user: User, page: Page, size: QSize) -> None:
    user.window.show_page(page)
    user.window.resize(size)
    lay_out()
    lay_out()


def shown_cards(page: Page) -> list[Card]:
    return [
        card
        for card in page.findChildren(Card)
        if card.isVisible() and page.card_focus.card_around(card) is card
    ]


def test_each_part_of_train_fits_without_scrolling(projected: User) -> None:
    page = projected.window.train_page
    for size, number in product(PROJECTORS, range(1, len(page.parts) + 1)):
        show(projected, page, size)
        projected.qtbot.keyClick(page, Qt.Key(Qt.Key.Key_0 + number))
        lay_out()
        lay_out()
        where = f"{page.parts[number - 1].title} at {size.width()}×{size.height()}"
        assert projected.window.size() == size
        cards = [card for card in page.parts[number - 1].cards() if isinstance(card, Card)]
        assert page.part_number == number
        for card in cards:
            assert seen_part(card).size() == card.size(), f"{card.property('control')}: {where}"
        for area in page.findChildren(VerticalScrollArea):
            if area.isVisible() and not cards[0].isAncestorOf(area):
                assert area.verticalScrollBar().maximum() == 0, where


def test_train_begins_with_a_plot_beside_the_environment_and_its_sliders(projected: User) -> None:
    page = projected.window.train_page
    for size in PROJECTORS:
        show(projected, page, size)
        for name in ("clip_range_slider", "environment_view", "return_plot"):
            widget = projected.find(QWidget, name)
            seen = seen_part(widget)
            assert seen.size() == widget.size(), name
            assert min(seen.width(), seen.height()) > 0
        assert not page.plots.entropy_card.isVisible()


def test_no_page_is_wider_than_the_screen_and_no_text_is_small(projected: User) -> None:
    for page, size in product(projected.window.pages, PROJECTORS):
        show(projected, page, size)
        around = projected.window.centralWidget()
        assert isinstance(around, OverflowArea)
        assert around.horizontalScrollBar().maximum() == 0, f"{page.id} at {size.width()}"
        for widget in projected.window.findChildren(QWidget):
            if isinstance(widget, QLabel | QAbstractButton | QComboBox) and widget.isVisible():
                assert QFontInfo(widget.font()).pointSizeF() >= LEAST_POINTS - 0.1, widget.objectName()
    theme = projected.window._theme
    assert all(theme.font(scale).pointSizeF() >= LEAST_POINTS for scale in (0.7, 0.8, 0.85, 1.0, 1.3))


def test_an_open_lesson_is_not_wider_than_the_screen_and_the_rings_of_its_answers_are_seen(
    projected: User,
) -> None:
    window, lessons = projected.window, projected.window.lessons
    page = next(page for page in window.pages if page.id == "lessons")
    window.show_page(page)
    lessons.open(lessons.course[0])
    lessons.choose("a")
    lessons.give_reason("so it seems")
    lessons.next()
    lessons.run_change()
    lessons.next()  # now sliders stand below the text
    for size in PROJECTORS:
        show(projected, page, size)
        for area in page.findChildren(OverflowArea):
            if area.isVisible():
                assert area.horizontalScrollBar().maximum() == 0, size
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        window._theme.set_appearance(appearance)
        lay_out()
        answer = projected.find(QAbstractButton, "answer_b")
        ring = answer.grab().toImage()
        lights = [ring.pixelColor(x, ring.height() // 2).lightness() for x in range(ring.width())]
        assert max(lights) - min(lights) > 60, appearance


def test_each_part_of_runs_fits_without_scrolling(projected: User) -> None:
    run, page, library = keep_run(), projected.window.runs_page, projected.window.library
    show(projected, page, PROJECTORS[0])
    projected.wait_until(lambda: library.items is not None and library.number_of(run) is not None)
    library.select([library.number_of(run)])
    table = projected.find(Table, "runs_table")
    for size, number in product(PROJECTORS, range(1, len(page.parts) + 1)):
        show(projected, page, size)
        projected.qtbot.keyClick(page, Qt.Key(Qt.Key.Key_0 + number))
        lay_out()
        assert page.part_number == number
        (card,) = page.parts[number - 1].cards()
        assert shown_cards(page) == [card]
        assert seen_part(card).size() == card.size(), size
        assert min(card.width(), card.height()) > 0.5 * size.height(), size
        if table.isVisible():
            assert table.horizontalScrollBar().maximum() == 0, size


def test_all_of_the_table_of_runs_has_all_of_its_columns(projected: User) -> None:
    run, page, library = keep_run(), projected.window.runs_page, projected.window.library
    show(projected, page, PROJECTORS[1])
    projected.wait_until(lambda: library.items is not None and library.number_of(run) is not None)
    table = projected.find(Table, "runs_table")
    columns = range(table.model().columnCount())
    assert any(map(table.isColumnHidden, columns))
    projected.qtbot.keyClick(page, Qt.Key.Key_0)
    lay_out()
    assert not any(map(table.isColumnHidden, columns))


def test_the_list_of_lessons_fits_without_scrolling(projected: User) -> None:
    page = next(page for page in projected.window.pages if page.id == "lessons")
    for size in PROJECTORS:
        show(projected, page, size)
        for area in page.findChildren(OverflowArea):
            assert area.verticalScrollBar().maximum() == 0, size


def test_it_is_seen_when_a_run_began(projected: User) -> None:
    run, library = keep_run(), projected.window.library
    for size in PROJECTORS:
        show(projected, projected.window.runs_page, size)
        projected.wait_until(lambda: library.items is not None and library.number_of(run) is not None)
        lay_out()
        table = projected.find(Table, "runs_table")
        place = next(i for i in range(table.model().columnCount()) if table._rows.columns[i].name == "began")
        text = table.model().index(0, place).data()
        assert table.fontMetrics().horizontalAdvance(text) <= table.columnWidth(place), size


def test_number_keys_show_parts_and_0_or_escape_all_of_the_page(projected: User) -> None:
    page = projected.window.train_page
    assert isinstance(page, TrainPage)
    show(projected, page, PROJECTORS[0])
    button = projected.find(QAbstractButton, "part_2_button")
    button.click()
    lay_out()
    assert (page.part_number, page.plots.clip_fraction_card.isVisible()) == (2, True)
    page.card_focus.fill_with(page.plots.clip_fraction_card)
    assert shown_cards(page) == [page.plots.clip_fraction_card]
    projected.qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.part_number == 2, "one card gives way to the part it was in"
    for key in (Qt.Key.Key_0, Qt.Key.Key_Escape):
        projected.qtbot.keyClick(page, Qt.Key.Key_1)
        assert page.part_number == 1
        projected.qtbot.keyClick(page, key)
        assert not page.card_focus.is_on
    assert page.plots.entropy_card.isVisible()


def test_without_a_projector_all_is_as_it_was(user: User) -> None:
    window, page = user.window, user.window.train_page
    window.resize(780, 700)  # within the screen
    lay_out()
    size = window.size()
    before = [columns.sizes() for columns in page.columns], [card.geometry() for card in shown_cards(page)]
    window._set_projector(True)
    lay_out()
    assert page.part_number == 1
    window._set_projector(False)
    user.wait_until(lambda: window.size() == size)
    lay_out()
    user.wait_until(
        lambda: (
            ([columns.sizes() for columns in page.columns], [card.geometry() for card in shown_cards(page)])
            == before
        )
    )
    assert not page.card_focus.is_on
    assert not user.find(QWidget, "recent_runs_button").isHidden()


def test_columns_are_as_they_were_also_where_the_projector_ends_on_another_page(user: User) -> None:
    window, page = user.window, user.window.train_page
    window.resize(780, 700)  # within the screen
    lay_out()
    before = [columns.sizes() for columns in page.columns]
    window._set_projector(True)
    lay_out()
    window.show_page(window.runs_page)
    window._set_projector(False)
    lay_out()
    window.show_page(page)
    user.wait_until(lambda: [columns.sizes() for columns in page.columns] == before)
