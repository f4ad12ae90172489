"""While a card fills its page, what stands beside it stays hidden, and what its owners wish is kept."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.controls import Card
from ppo_desktop.views.kit.card_focus import CardFocus
from ppo_desktop.views.kit.overflow import OverflowArea


class PageWithALine(QWidget):
    """A card, and a line of text beside it."""

    def __init__(self) -> None:
        super().__init__()
        body = QWidget()
        self.card, self.line = Card(), QLabel("line")
        column = QVBoxLayout(body)
        column.addWidget(self.card)
        column.addWidget(self.line)
        QVBoxLayout(self).addWidget(OverflowArea(body))
        self.card_focus = CardFocus(self)


@pytest.fixture
def page(qtbot: QtBot) -> PageWithALine:
    page = PageWithALine()
    qtbot.addWidget(page)
    page.resize(400, 300)
    page.show()
    return page


@pytest.mark.parametrize("wishes", tuple(product((True, False), repeat=3)))
def test_what_the_owner_of_a_part_wishes_holds_when_the_page_is_back(
    page: PageWithALine, wishes: tuple[bool, ...]
) -> None:
    before, *later = wishes
    page.line.setVisible(before)
    page.card_focus.fill_with(page.card)
    for wish in later:
        page.line.setVisible(wish)
        assert page.card_focus.card is page.card
        assert not page.line.isVisible()
    page.card_focus.leave()
    assert page.line.isVisible() is wishes[-1]
    page.line.setVisible(not wishes[-1])
    assert page.line.isVisible() is not wishes[-1]


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_part_that_nobody_asks_for_is_as_before(page: PageWithALine, is_shown: bool) -> None:
    page.line.setVisible(is_shown)
    page.card_focus.toggle(page.card)
    assert not page.line.isVisible()
    page.card_focus.toggle(page.card)
    assert page.line.isVisible() is is_shown
