"""Fields show what there is to choose from, and choose nothing by themselves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.fields import NumberBox, SeedsBox, TextField, UpdateBox, ValuesLine


def test_an_update_of_a_longer_or_a_shorter_run_than_before_is_shown_and_not_chosen(qtbot: QtBot) -> None:
    last = 20
    box = UpdateBox(lambda: last)
    qtbot.addWidget(box)
    chosen: list[int] = []
    box.chosen.connect(chosen.append)
    box.show_value(10)
    assert box.text() == "10 of 20"
    last = 100
    box.show_value(50)
    assert box.text() == "50 of 100"
    last = 5
    box.show_value(2)
    assert box.text() == "2 of 5"
    assert chosen == []


def test_a_line_of_values_asks_for_the_room_of_its_text_between_two_widths(qtbot: QtBot) -> None:
    line = ValuesLine("values_line", "Values", "map_values", narrowest=8, widest=20)
    qtbot.addWidget(line)
    widths = []
    for text in ("1", "0.1, 0.2, 0.4", "0.1, " * 20, "0.1, " * 40):
        line.show_value(text)
        widths.append(line.sizeHint().width())
    assert widths[0] < widths[1] < widths[2] == widths[3]
    assert line.minimumSizeHint().width() == widths[0], "the least does not depend on the text"


@pytest.mark.parametrize(
    "make",
    [
        lambda: ValuesLine("values_line", "Values", "map_values", narrowest=8, widest=20),
        SeedsBox,
        lambda: NumberBox(0, 99),
    ],
    ids=["values", "seeds", "number"],
)
def test_after_enter_a_key_of_the_page_is_not_typed_into_the_field(
    qtbot: QtBot, make: type[NumberBox] | type[TextField]
) -> None:
    page, pressed = QWidget(), list[str]()
    qtbot.addWidget(page)
    field = make()
    chosen = list[object]()
    field.chosen.connect(chosen.append)
    QVBoxLayout(page).addWidget(field)
    QShortcut("4", page).activated.connect(lambda: pressed.append("4"))
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    text = field.text()
    assert [str(one) for one in chosen] == ["7"]
    assert not field.hasFocus()
    qtbot.keyClick(page, "4")
    assert (pressed, field.text()) == (["4"], text)
