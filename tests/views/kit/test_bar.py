"""A bar breaks its rows where they are full, and wastes none."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.bar import GAP, WrappingBar, take_what_is_typed
from tests.widgets import lay_out


def box(width: int) -> QWidget:
    widget = QWidget()
    widget.setFixedSize(width, 20)
    return widget


def rows_of(bar: WrappingBar, *groups: list[QWidget]) -> list[list[int]]:
    """Return the widths of what stands in each row, from left to right."""
    lay_out()
    shown = [widget for group in groups for widget in group]
    tops = sorted({widget.y() for widget in shown})
    return [[widget.width() for widget in sorted(shown, key=QWidget.x) if widget.y() == top] for top in tops]


@pytest.mark.parametrize(
    ("room", "rows"),
    [
        (100 + 60 + 50 + 40 + 3 * GAP, [[100, 60, 50, 40]]),
        (100 + 60 + 50 + 40 + 3 * GAP - 1, [[100, 60], [50, 40]]),  # groups stay together
        (60 + 50 + 40 + 2 * GAP, [[100], [60, 50, 40]]),  # also where the first has left room
        (60 + 50 + 40 + 2 * GAP - 1, [[100], [60], [50, 40]]),
    ],
)
def test_rows_are_as_few_as_the_width_allows(qtbot: QtBot, room: int, rows: list[list[int]]) -> None:
    window = QWidget()
    bar = WrappingBar()
    bar.setParent(window)
    first, second = [box(100), box(60)], [box(50), box(40)]
    bar.set_groups(first, second)
    bar.resize(room, 200)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert rows_of(bar, first, second) == rows


@pytest.mark.parametrize("room", [200, 100])
def test_the_second_group_stands_at_the_right_end_also_in_a_row_of_its_own(qtbot: QtBot, room: int) -> None:
    bar = WrappingBar()
    first, second = box(80), box(50)
    bar.set_groups([first], [second])
    bar.setFixedWidth(room)
    qtbot.addWidget(bar)
    with qtbot.waitExposed(bar):
        bar.show()
    lay_out()
    assert first.x() == 0
    assert second.geometry().right() == room - 1


def test_what_comes_and_goes_changes_no_height(qtbot: QtBot) -> None:
    bar = WrappingBar()
    comes = QWidget()
    comes.setFixedSize(40, 33)
    bar.set_groups([box(80)], [box(50), comes])
    qtbot.addWidget(bar)
    with qtbot.waitExposed(bar):
        bar.show()
    lay_out()
    height = bar.sizeHint().height()
    comes.hide()
    lay_out()
    assert (bar.sizeHint().height(), bar.minimumSizeHint().height()) == (height, height)


def test_what_is_typed_counts_but_not_on_a_page_that_is_hidden(qtbot: QtBot) -> None:
    window, taken = QWidget(), []
    qtbot.addWidget(window)
    for name in ("shown", "hidden"):
        page = QWidget(window)
        page.setVisible(name == "shown")
        field = QLineEdit(page)
        field.setText(name)
        field.setModified(True)
        field.editingFinished.connect(lambda name=name: taken.append(name))
    take_what_is_typed(window)
    assert taken == ["shown"]
