"""Any card, and all of a page, as a figure: as it is seen now."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPalette, QRegion
from PySide6.QtWidgets import QWidget

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.controls import EXPLANATION, Card
from ppo_desktop.views.kit.overflow import OverflowArea
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.theme import Look


@dataclass(frozen=True, eq=False)
class Likeness:
    """A part of the window that paints itself as a figure does.

    Attributes:
        widget: The part.
        title: What it is called.
        caption: What is said of it.
        theme: The fonts of the window.
    """

    widget: QWidget
    title: str
    caption: str = ""
    theme: Look = field(default_factory=Look)
    clips = False  # in SVG a widget would be cut where another is

    @property
    def size(self) -> QSize:
        """Its size in the window's pixels."""
        return self.widget.size()

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the origin is the upper left corner."""
        ground = QGuiApplication.palette().color(QPalette.ColorRole.Window)
        painter.fillRect(QRect(QPoint(), self.size), ground)
        self.widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


def page_likeness(page: Page) -> Likeness:
    """Return all cards of a page, also those to which one has to scroll."""
    area = page.findChild(OverflowArea)
    return Likeness((None if area is None else area.widget()) or page, page.title)


def card_likenesses(page: Page) -> list[Likeness]:
    """Return the cards of a page that are seen, in reading order, each with the title of its explanation."""
    seen = {page.card_focus.card_around(card) for card in page.findChildren(Card) if card.isVisible()}
    cards = [card for card in seen if card is not None]
    cards.sort(key=lambda card: ((place := card.mapTo(page, QPoint())).x(), place.y()))
    return [Likeness(card, title) for card in cards if (title := _title(card))]


def _title(card: Card) -> str:
    """Return what a card is called: what its explanation is about, or that of the first part that has one."""
    for widget in (card, *card.findChildren(QWidget)):
        key = widget.property(EXPLANATION)
        if key in GLOSSARY:
            return GLOSSARY[key].title
    return ""
