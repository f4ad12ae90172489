"""In a language whose words are 40 % longer nothing is cut: rows break, and what gives way says so by …."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QSizePolicy, QWidget

from ppo_desktop.views.charts.curve_legend import CurveLegend
from ppo_desktop.views.main_window import MainWindow
from ppo_desktop.views.wording_label import ElidedLabel, WordingLabel
from tests.end_to_end.conftest import User
from tests.widgets import lay_out

SIZES = ((1024, 640), (1280, 720), (1600, 1000))
LONGER = 0.4
_SHORTENED = (ElidedLabel, WordingLabel)
"""These end with … or say it in fewer words."""
_MAY_BE_CUT = QSizePolicy.Policy.Maximum
"""Of choices that end with …."""


def longer(text: str) -> str:
    """Return a text of words with 40 % more of them; numbers, signs and mark-up stay as they are."""
    plain = QTextDocumentFragment.fromHtml(text).toPlainText() if "<" in text else text
    if sum(sign.isalpha() for sign in plain) < 3 or text.endswith("~"):
        return text
    return f"{text}{'~' * max(1, round(LONGER * len(plain)))}"


@pytest.fixture(autouse=True)
def longer_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every text that a label, a button or a choice is given be longer."""
    kinds: tuple[tuple[type[QWidget], str], ...] = (
        (QLabel, "setText"),
        (QAbstractButton, "setText"),
        (QComboBox, "addItem"),
    )
    for kind, name in kinds:
        _lengthen(monkeypatch, kind, name)
    for made in (QLabel, *_kinds_of(QAbstractButton)):
        _lengthen(monkeypatch, made, "__init__")
    add = QComboBox.addItems
    monkeypatch.setattr(QComboBox, "addItems", lambda combo, texts: add(combo, [*map(longer, texts)]))


def _kinds_of(kind: type[QWidget]) -> Iterator[type[QWidget]]:
    return (one for one in kind.__subclasses__() if one.__module__.startswith("PySide6"))


def _lengthen(monkeypatch: pytest.MonkeyPatch, kind: type[QWidget], name: str) -> None:
    usual: Callable[..., None] = getattr(kind, name)

    def lengthened(widget: QWidget, *args: Any, **kwargs: Any) -> None:
        usual(widget, *(longer(each) if isinstance(each, str) else each for each in args), **kwargs)

    monkeypatch.setattr(kind, name, lengthened)


def cut(window: MainWindow) -> Iterator[str]:
    """Return what is seen with less room than its text needs."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, _SHORTENED):
            continue
        if isinstance(widget, QComboBox) and widget.sizePolicy().horizontalPolicy() is _MAY_BE_CUT:
            continue
        if isinstance(widget.parentWidget(), CurveLegend):
            continue  # it has measured what it says, before that was made longer
        if widget.width() < width_needed(widget) or is_too_low(widget):
            name = widget.objectName() or getattr(widget, "text", str)()
            yield f"{type(widget).__name__} {name} {widget.width()} < {width_needed(widget)}"


def width_needed(widget: QWidget) -> int:
    """Return the width of a widget's text, 0 of one that breaks its lines or has none."""
    if isinstance(widget, QLabel):
        is_free = widget.wordWrap() or not widget.text() or widget.objectName() == "message_label"
        return 0 if is_free else widget.minimumSizeHint().width()
    if isinstance(widget, QAbstractButton | QComboBox):
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text().replace("&", "")
        return widget.fontMetrics().horizontalAdvance(text)
    return 0


def is_too_low(widget: QWidget) -> bool:
    """Whether a label that breaks its lines has not the height for them."""
    if not (isinstance(widget, QLabel) and widget.wordWrap() and widget.text()):
        return False
    return (
        widget.height()
        < widget.fontMetrics()
        .boundingRect(0, 0, widget.width(), 0, Qt.TextFlag.TextWordWrap, plain(widget.text()))
        .height()
    )


def plain(text: str) -> str:
    return QTextDocumentFragment.fromHtml(text).toPlainText() if "<" in text else text


def test_nothing_is_cut_where_words_are_longer(user: User) -> None:
    window = user.window
    assert user.find(QAbstractButton, "reset_button").text().endswith("~")
    found = []
    for page in window.pages:
        window.show_page(page)
        for width, height in SIZES:
            window.resize(width, height)
            lay_out()
            found += [f"{page.id} {width}×{height}: {what}" for what in cut(window)]
    assert not found, "\n".join(found)
