"""A guard against Qt bindings that lose references on this Python (PySide6 6.12 on 3.11 does)."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot


class Sender(QObject):
    sent = Signal(object)


def test_emitting_and_updating_lose_no_reference(qtbot: QtBot) -> None:
    sender, widget = Sender(), QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(10_000):
        sender.sent.emit(True)
    for _ in range(1_000):
        widget.update()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert all(abs(then - now) < 500 for then, now in zip(before, after, strict=True))
