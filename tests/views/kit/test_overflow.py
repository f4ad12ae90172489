"""Panels for which there is too little room."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.hiding import Hiding
from ppo_desktop.views.kit.overflow import WrappingSplitter
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
