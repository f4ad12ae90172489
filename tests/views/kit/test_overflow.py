"""Panels for which there is too little room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.hiding import Hiding
from ppo_desktop.views.kit.overflow import VerticalScrollArea, WrappingSplitter
from tests.widgets import lay_out


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_panel_that_was_hidden_before_it_was_ever_shown_takes_no_room(
    qtbot: QtBot, is_hidden: bool
) -> None:
    panels = [QWidget(), QWidget()]
    for panel in panels:
        panel.setMinimumSize(200, 100)
    splitter = WrappingSplitter(dict.fromkeys(panels, 1))
    qtbot.addWidget(splitter)
    panels[1].setVisible(not is_hidden)
    splitter.resize(300, 300)
    splitter.show()
    lay_out()
    assert splitter.is_stacked is not is_hidden
    assert splitter.minimumSizeHint().height() == (100 if is_hidden else 200 + splitter.handleWidth())


def test_neither_does_one_that_is_hidden_for_a_while_whatever_its_owner_asks_for(qtbot: QtBot) -> None:
    panels = [QWidget(), QWidget()]
    for panel in panels:
        panel.setMinimumSize(200, 100)
    splitter = WrappingSplitter(dict.fromkeys(panels, 1))
    qtbot.addWidget(splitter)
    splitter.resize(300, 300)
    splitter.show()
    lay_out()
    hiding = Hiding(splitter)
    hiding.hide(panels[1])
    assert splitter.minimumSizeHint().height() == 100
    hiding.let_all_go()
    assert splitter.minimumSizeHint().height() == 200 + splitter.handleWidth()


class Around(QWidget):
    """Counts how often it has to be laid out."""

    n_asked = 0

    def event(self, event: QEvent) -> bool:
        self.n_asked += event.type() is QEvent.Type.LayoutRequest
        return super().event(event)


def test_an_area_asks_for_other_room_only_where_its_content_needs_it(qtbot: QtBot) -> None:
    content, number, around = QWidget(), QLabel("12"), Around()
    QVBoxLayout(content).addWidget(number)
    area = VerticalScrollArea(content)
    QVBoxLayout(around).addWidget(area)
    qtbot.addWidget(around)
    around.show()
    lay_out()
    before, around.n_asked = area.sizeHint(), 0
    number.setText("21")
    lay_out()
    assert around.n_asked == 0
    number.setText("1\n2")
    lay_out()
    assert around.n_asked > 0
    assert area.sizeHint().height() > before.height()
