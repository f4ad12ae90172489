"""Both ends of a range can be dragged, moved by keys and typed, on the hyperparameter's own scale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.hyperparameter_row import HyperparameterNumber
from ppo_desktop.views.kit.sliders import RangeSlider
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_row import range_end

WIDTH = 214
LEFT, RIGHT = 7, WIDTH - 7


class Chosen:
    """The ranges a slider has asked for."""

    def __init__(self, slider: RangeSlider) -> None:
        self.ranges: list[tuple[float, float]] = []
        slider.chosen.connect(lambda low, high: self.ranges.append((low, high)))


@pytest.fixture
def slider(qtbot: QtBot, theme: Theme) -> Iterator[RangeSlider]:
    """Of the clip range, 0.01 to 1 on a logarithmic scale: one decade for each half."""
    window = QWidget()
    qtbot.addWidget(window)
    slider = RangeSlider(range_end(DECLARATIONS["clip_range"]), theme)
    slider.setParent(window)
    slider.resize(WIDTH, 22)
    slider.show_range(0.05, 0.5)
    with qtbot.waitExposed(window):
        window.show()
    yield slider
    window.close()


def x_of(share: float) -> QPoint:
    return QPoint(round(LEFT + share * (RIGHT - LEFT)), 11)


def test_the_nearer_end_follows_the_mouse(qtbot: QtBot, slider: RangeSlider) -> None:
    chosen = Chosen(slider)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=x_of(0.5))  # between both, nearer to the low end
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=x_of(0.5))
    assert chosen.ranges == [(pytest.approx(0.1), 0.5)]
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=x_of(1.0))
    assert chosen.ranges[-1] == (pytest.approx(0.1), 1.0)


def test_an_end_that_is_dragged_stops_before_the_other(qtbot: QtBot, slider: RangeSlider) -> None:
    chosen = Chosen(slider)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=x_of(0.4))
    qtbot.mouseMove(slider, x_of(1.0))
    low, high = chosen.ranges[-1]
    assert high == 0.5
    assert 0.4 < low < 0.5


@pytest.mark.parametrize(
    ("handle", "key", "expected"),
    [
        (0, Qt.Key.Key_Home, (0.01, 0.5)),
        (0, Qt.Key.Key_Right, (0.052, 0.5)),
        (1, Qt.Key.Key_End, (0.05, 1.0)),
        (1, Qt.Key.Key_Left, (0.05, 0.48)),
    ],
)
def test_keys_move_the_end_that_has_the_focus(
    qtbot: QtBot, slider: RangeSlider, handle: int, key: Qt.Key, expected: tuple[float, float]
) -> None:
    chosen = Chosen(slider)
    qtbot.keyClick(slider.handles[handle], key)
    assert chosen.ranges == [pytest.approx(expected)]


def test_the_end_key_takes_the_low_end_as_far_as_it_goes(qtbot: QtBot, slider: RangeSlider) -> None:
    chosen = Chosen(slider)
    qtbot.keyClick(slider.handles[0], Qt.Key.Key_End)
    ((low, high),) = chosen.ranges
    assert 0.4 < low < high == 0.5
    qtbot.keyClick(slider.handles[0], Qt.Key.Key_End)
    assert chosen.ranges[-1] == (low, high)
    qtbot.keyClick(slider.handles[0], Qt.Key.Key_Left)
    assert chosen.ranges[-1][0] < low


def test_each_end_is_a_slider_with_a_name_and_a_value_to_screen_readers(slider: RangeSlider) -> None:
    low, high = slider.handles
    assert low.accessibleName() == "Clip range, low end of the range"
    assert high.accessibleName() == "Clip range, high end of the range"
    assert (low.accessibleDescription(), high.accessibleDescription()) == ("0.05", "0.50")
    interface = QAccessible.queryAccessibleInterface(low)
    assert interface is not None
    assert interface.role() is QAccessible.Role.Slider


def test_a_double_click_asks_for_the_usual_range(qtbot: QtBot, slider: RangeSlider) -> None:
    with qtbot.waitSignal(slider.usual_asked):
        qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=x_of(0.5))


def test_showing_a_range_chooses_nothing(slider: RangeSlider) -> None:
    chosen = Chosen(slider)
    slider.show_range(0.123, 0.321)
    assert chosen.ranges == []


@pytest.mark.parametrize("field", [name for name, declared in DECLARATIONS.items() if declared.search])
def test_every_range_of_a_search_has_a_place(qtbot: QtBot, theme: Theme, field: str) -> None:
    slider = RangeSlider(range_end(DECLARATIONS[field]), theme)
    qtbot.addWidget(slider)
    slider.resize(WIDTH, 22)
    slider.show()
    usual = DECLARATIONS[field].search
    assert usual is not None
    slider.show_range(*usual)
    low, high = (handle.handle_x for handle in slider.handles)
    assert LEFT - 1 <= low < high <= RIGHT + 1


# ---- as text


def number(field: str, shown: float) -> HyperparameterNumber:
    end = HyperparameterNumber(range_end(DECLARATIONS[field]), f"{field}_low", "Low end")
    end.show_value(shown)
    return end


@pytest.fixture
def end(qtbot: QtBot) -> HyperparameterNumber:
    end = number("rollout_length", 16)
    qtbot.addWidget(end)
    return end


def write(qtbot: QtBot, end: HyperparameterNumber, text: str) -> None:
    end.selectAll()
    qtbot.keyClicks(end, text)
    qtbot.keyClick(end, Qt.Key.Key_Return)


def test_an_end_may_be_typed_as_the_hyperparameter_is(qtbot: QtBot, end: HyperparameterNumber) -> None:
    with qtbot.waitSignal(end.chosen) as told:
        write(qtbot, end, "1 024")
    assert told.args == [1024]


@pytest.mark.parametrize("text", ["17.5", "abc", " ", "1e9", "16.0001"])
def test_what_is_no_value_is_complained_about_and_put_back(
    qtbot: QtBot, end: HyperparameterNumber, text: str
) -> None:
    chosen: list[float] = []
    end.chosen.connect(chosen.append)
    with qtbot.waitSignal(end.complained) as told:
        write(qtbot, end, text)
    (complaint,) = told.args
    assert "Rollout length" in complaint
    assert "\n" not in complaint
    assert end.text() == "16"
    assert chosen == []


@pytest.mark.parametrize("text", ["off", "inf", "0", " "])
def test_an_end_of_a_range_is_a_number_of_the_scale(qtbot: QtBot, text: str) -> None:
    end = number("clip_range", 0.5)
    qtbot.addWidget(end)
    with qtbot.waitSignal(end.complained) as told:
        write(qtbot, end, text)
    (complaint,) = told.args
    assert f" is {text.strip() or 'empty'}" in complaint
    assert complaint.endswith(", but must be a number from 0.01 to 1.00.")
    assert end.text() == "0.50"


def test_escape_leaves_an_end_as_it_was(qtbot: QtBot, end: HyperparameterNumber) -> None:
    chosen: list[float] = []
    end.chosen.connect(chosen.append)
    qtbot.keyClicks(end, "99")
    qtbot.keyClick(end, Qt.Key.Key_Escape)
    end.editingFinished.emit()
    assert end.text() == "16"
    assert chosen == []
