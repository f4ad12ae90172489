"""Pictures of a page and of its cards, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.views.controls import Card, laid_out
from ppo_desktop.views.figure_export import figure_image, png_of, svg_of
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.overflow import OverflowArea
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.page_figure import card_likenesses, page_likeness
from ppo_desktop.views.theme import Theme

RED, BLUE = "#aa0000", "#0000aa"


class Coloured(Card):
    """A card of one colour."""

    def __init__(self, explanation: str, colour: str) -> None:
        super().__init__(explanation)
        self._colour = colour
        laid_out(QVBoxLayout(self), QLabel(explanation))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._colour)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[Page]:
    """A page with two cards beside each other, one of them partly out of sight, in a small window."""
    del theme
    window, body = QWidget(), QWidget()
    page = Page("test", "Test", QWidget(), "train_page", Notices())
    right = Coloured("plots", BLUE)
    right.setMinimumSize(400, 300)
    laid_out(QHBoxLayout(body), Coloured("return", RED), right)
    page.lay_out(OverflowArea(body))
    laid_out(QVBoxLayout(window), page)
    qtbot.addWidget(window)
    window.resize(300, 200)
    window.show()
    yield page
    window.close()


def has_colour(image: QImage, colour: str) -> bool:
    return any(
        image.pixelColor(x, y).name() == colour
        for x in range(0, image.width(), 5)
        for y in range(0, image.height(), 5)
    )


def test_a_page_is_all_of_its_cards_also_those_one_has_to_scroll_to(page: Page) -> None:
    likeness = page_likeness(page)
    assert likeness.size.width() > 400
    image = figure_image(likeness)
    assert image.size() == 2 * likeness.size
    assert has_colour(image, RED)
    assert has_colour(image, BLUE)


def test_each_card_in_sight_has_its_title_and_its_size(page: Page) -> None:
    cards = card_likenesses(page)
    assert len(cards) == 2
    assert all(card.title and card.size == card.widget.size() for card in cards)
    first, second = (figure_image(card) for card in cards)
    assert has_colour(first, RED)
    assert not has_colour(first, BLUE)
    assert has_colour(second, BLUE)
    cards[0].widget.hide()
    assert [card.widget for card in card_likenesses(page)] == [cards[1].widget]


def test_the_same_is_drawn_as_lines_and_words(page: Page) -> None:
    svg = svg_of(page_likeness(page))
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert b"<text" in svg
    assert b"clip-path" not in svg  # of widgets they are at other places
    size = page_likeness(page).size
    image = QImage(size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(svg).render(painter, QRectF(image.rect()))
    painter.end()
    assert has_colour(image, RED)
    assert has_colour(image, BLUE)


def test_the_menu_of_a_page_offers_the_page_and_its_cards(qtbot: QtBot, page: Page, tmp_path: Path) -> None:
    notices = Notices()
    menu = ExportMenu("menu", Exported("test", lambda: None, str), notices, page)
    menu.aboutToShow.emit()
    menu.aboutToShow.emit()
    (pictures,) = (one for one in menu.findChildren(QMenu) if one.objectName() == "menu_pictures")
    pictures.aboutToShow.emit()
    titles = [action.text() for action in pictures.actions()]
    assert titles == ["Test", *(card.title for card in card_likenesses(page))]
    kinds = next(one for one in pictures.findChildren(QMenu) if one.title() == "Test")
    png = png_of(page_likeness(page))
    kinds.actions()[0].trigger()
    dialog = page.findChild(QFileDialog, "file_dialog")
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "page.png"))
    dialog.close()
    qtbot.waitUntil(lambda: "page.png" in notices.current.text)
    assert (tmp_path / "page.png").read_bytes() == png


def test_the_menu_of_a_window_beside_offers_none(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = ExportMenu("menu", Exported("test", lambda: None, str), Notices(), window)
    menu.aboutToShow.emit()
    assert not menu.findChildren(QMenu)
