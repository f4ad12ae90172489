"""The header has the same gaps on every page."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.views.header import Header
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.page import Page
from tests.widgets import lay_out


def page_with_bar(name: str) -> Page:
    bar, content = WrappingBar(), QWidget()
    content.setFixedSize(500, 28)
    bar.set_groups([content], [])
    return Page(name, name, bar, "plots", Notices())


@pytest.mark.parametrize("width", [450, 620, 1200])
def test_the_shown_bar_stands_at_the_same_place_on_every_page(qtbot: QtBot, width: int) -> None:
    pages = [page_with_bar(name) for name in ("first", "second", "third")]
    header = Header(pages)
    for part in (header, *pages):
        qtbot.addWidget(part)
    header.setFixedWidth(width)
    with qtbot.waitExposed(header):
        header.show()
    places = set()
    for page in pages:
        header.show_page(page)
        lay_out()
        top_left = page.bar.geometry().topLeft()
        places.add((top_left.x(), top_left.y(), header.sizeHint().height()))
    assert len(places) == 1
