"""Any card fills its page on a double click of its title or by a key; Escape brings the page back."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.controls import Card
from ppo_desktop.views.environment_panel import EnvironmentPanel
from ppo_desktop.views.kit.page import Page
from tests.drawn_points import points_drawn
from tests.end_to_end.conftest import User
from tests.widgets import lay_out


def cards(page: Page) -> list[Card]:
    """Return the cards in sight that can fill the page."""
    return [
        card
        for card in page.findChildren(Card)
        if card.isVisible() and page.card_focus.card_around(card) is card
    ]


def double_click_title(user: User, card: Card) -> None:
    title = next(label for label in card.findChildren(QWidget) if label.property("role") == "title")
    QTest.mouseDClick(
        title, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, title.height() // 2)
    )


def press(widget: QWidget, key: Qt.Key) -> None:
    QTest.keyClick(widget, key)


def places(page: Page) -> dict[int, tuple[int, int, int, int]]:
    return {id(card): card.geometry().getRect() for card in cards(page)}  # type: ignore[misc]


def is_as_wide_as(card: Card, page: Page) -> bool:
    return card.width() > 0.95 * page.width()


def open_lesson(user: User, lesson_id: str) -> None:
    lessons = user.window.lessons
    lessons.open(next(one for one in lessons.course if one.lesson.id == lesson_id))


def test_each_card_fills_its_page_and_the_page_comes_back_as_it_was(user: User) -> None:
    user.window.resize(1280, 720)
    for page in user.window.pages:
        user.window.show_page(page)
        if page.id == "lessons":
            open_lesson(user, "clip-off")
        lay_out()
        before = places(page)
        assert len(before) >= 2 or page.id in ("lessons", "maps"), "the course is a list, a map not there yet"
        for card in cards(page):
            page.card_focus.fill_with(card)
            user.wait_until(partial(is_as_wide_as, card, page))
            assert card.height() > 0.6 * page.height(), card
            assert cards(page) == [card]
            press(page, Qt.Key.Key_Escape)
            assert page.card_focus.card is None
            lay_out()
            assert places(page) == before


def test_a_double_click_on_a_title_does_it_and_another_undoes_it(user: User) -> None:
    page, card = user.window.page, user.window.train_page.environment
    double_click_title(user, card)
    assert page.card_focus.card is card
    double_click_title(user, card)
    assert page.card_focus.card is None


def test_a_double_click_elsewhere_in_a_card_does_not(user: User) -> None:
    card = user.window.train_page.environment
    QTest.mouseDClick(
        card, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(4, card.height() // 2)
    )
    assert user.window.page.card_focus.card is None


def test_a_plot_that_fills_the_page_has_steps_below(user: User) -> None:
    user.window.resize(1280, 720)
    lay_out()
    page = user.window.train_page
    for card in page.plots.plots:
        axis = card.plot.plotItem.getAxis("bottom")
        before = axis.isVisible(), axis.style["showValues"]
        page.card_focus.fill_with(card)
        assert (axis.isVisible(), axis.style["showValues"]) == (True, True), card.objectName()
        page.card_focus.leave()
        assert (axis.isVisible(), axis.style["showValues"]) == before, card.objectName()


def test_the_key_fills_the_page_with_the_card_that_has_the_focus(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.views.main_window.QApplication.widgetAt", lambda _place: None)
    window, card = user.window, user.window.train_page.environment
    window.activateWindow()
    user.find(QAbstractButton, "map_button").setFocus()
    press(window, Qt.Key.Key_F)
    assert window.page.card_focus.card is card
    press(window, Qt.Key.Key_F)
    assert window.page.card_focus.card is None


def test_the_key_is_a_letter_where_something_is_typed(user: User) -> None:
    user.window.show_page(user.window.pages[1])
    line = user.find(QLineEdit, "values_line")
    user.window.activateWindow()
    line.setFocus()
    line.clear()
    press(line, Qt.Key.Key_F)
    assert line.text() == "f"
    assert user.window.page.card_focus.card is None


def test_the_key_goes_to_what_begins_with_it_in_a_list_of_choices(user: User) -> None:
    combo = user.find(QComboBox, "preset_combo")
    assert not combo.currentText().startswith("F")
    user.window.activateWindow()
    combo.setFocus()
    press(combo, Qt.Key.Key_F)
    assert combo.currentText().startswith("F")
    assert user.window.page.card_focus.card is None


def test_the_key_stands_among_the_shortcuts(user: User) -> None:
    shortcuts = user.window.findChildren(QShortcut)
    assert any(each.key() == QKeySequence("F") and "Esc" in each.whatsThis() for each in shortcuts)


def test_the_button_does_both(user: User) -> None:
    button = user.find(QAbstractButton, "focus_button")
    button.click()
    assert user.window.page.card_focus.card is not None
    name = button.accessibleName()
    button.click()
    assert user.window.page.card_focus.card is None
    assert button.accessibleName() != name


def test_each_page_keeps_its_own_while_others_are_shown(user: User) -> None:
    train, compare = user.window.pages[:2]
    card = user.window.train_page.environment
    train.card_focus.fill_with(card)
    user.window.show_page(compare)
    press(compare, Qt.Key.Key_Escape)
    user.window.show_page(train)
    assert train.card_focus.card is card
    assert cards(train) == [card]


def test_what_is_hidden_is_not_drawn_and_catches_up(user: User) -> None:
    page = user.window.train_page
    user.session.train()
    user.wait_for_steps(1_000)
    large, *others = page.plots.plots
    user.wait_until(lambda: all(points_drawn(plot) for plot in others))
    page.card_focus.fill_with(large)
    drawn = [points_drawn(plot) for plot in others]
    before = points_drawn(large)
    user.wait_until(lambda: points_drawn(large) > before)
    assert [points_drawn(plot) for plot in others] == drawn
    page.card_focus.leave()
    user.wait_until(lambda: all(points_drawn(now) > then for now, then in zip(others, drawn, strict=True)))


def test_what_is_said_of_all_plots_is_said_of_the_one_that_fills_the_page_as_it_comes_and_goes(
    user: User,
) -> None:
    page, plots = user.window.train_page, user.window.train_page.plots
    plots.show_baseline(user.session.history)
    assert plots.pale_legend.isVisible()
    lay_out()
    before = places(page)
    page.card_focus.fill_with(plots.return_card)
    plots.redraw(user.session.history)
    assert page.card_focus.card is plots.return_card
    plots.show_baseline(None)
    assert not plots.pale_legend.isVisible()
    plots.show_baseline(user.session.history)
    assert page.card_focus.card is plots.return_card
    assert plots.pale_legend.isVisible()
    page.card_focus.leave()
    assert plots.pale_legend.isVisible()
    lay_out()
    assert places(page) == before


def test_a_card_that_is_taken_away_brings_the_page_back(user: User, qtbot: QtBot) -> None:
    page, card = user.window.page, user.window.train_page.findChildren(EnvironmentPanel)[0]
    page.card_focus.fill_with(card)
    card.hide()
    qtbot.waitUntil(lambda: page.card_focus.card is None)
    card.show()
