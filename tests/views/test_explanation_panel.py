"""Where an explanation stands, and what explains a widget."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.controls import explained, named
from ppo_desktop.views.explanation_panel import place_beside, subject_at

ROOM = QRect(0, 50, 1280, 670)
PANEL = QSize(400, 300)


@pytest.mark.parametrize(
    ("subject", "side"),
    [
        (QRect(10, 300, 280, 60), "right"),
        (QRect(800, 200, 470, 300), "left"),
        (QRect(500, 60, 100, 30), "below"),
        (QRect(1100, 690, 110, 24), "above"),
        (QRect(380, 350, 500, 250), "left or right as far as there is room"),
        (QRect(0, 50, 1280, 670), "anywhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_panel_leaves_its_subject_free_and_never_leaves_the_room(subject: QRect, side: str) -> None:
    panel = QRect(place_beside(subject, PANEL, ROOM), PANEL)
    assert ROOM.contains(panel)
    match side:
        case "right":
            assert panel.left() > subject.right()
        case "left":
            assert panel.right() < subject.left()
        case "below":
            assert panel.top() > subject.bottom()
        case "above":
            assert panel.bottom() < subject.top()


def test_an_explanation_is_found_around_a_widget(qtbot: QtBot) -> None:
    outer, inner = explained(QWidget(), "environment"), QWidget()
    qtbot.addWidget(outer)
    layout, label = QVBoxLayout(outer), QLabel(parent=inner)
    layout.addWidget(inner)
    assert subject_at(label) == (outer, "environment")
    explained(inner, "seed")
    assert subject_at(label) == (inner, "seed")
    assert subject_at(None) is None


def test_nothing_explains_a_widget_without_explanation(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    assert subject_at(widget) is None


def test_the_parts_of_a_painted_widget_have_explanations_of_their_own(qtbot: QtBot) -> None:
    class Halves(QWidget):
        def explanation_at(self, point: QPointF) -> str:
            return "value" if point.x() < 50 else ""

    halves = explained(Halves(), "policy")
    qtbot.addWidget(halves)
    halves.resize(100, 20)
    assert subject_at(halves, halves.mapToGlobal(QPoint(10, 10))) == (halves, "value")
    assert subject_at(halves, halves.mapToGlobal(QPoint(90, 10))) == (halves, "policy")
    assert subject_at(halves) == (halves, "policy")


def test_tooltip_and_explanation_are_the_same_text(qtbot: QtBot) -> None:
    widget = named(QWidget(), "widget", "Widget", "clip_range")
    qtbot.addWidget(widget)
    for line in GLOSSARY["clip_range"].tooltip.splitlines():
        assert line in widget.toolTip()
    explained(widget, "return", "Points & lines.")
    assert "Points &amp; lines." in widget.toolTip()
