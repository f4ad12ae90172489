"""The list of all keyboard shortcuts, found where they are: in the window, its pages and its menu."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ppo_desktop.views.pages import Page

EVERYWHERE = "Everywhere"
_MOST_KEYS = 2
"""Keys that are listed for the same thing: some systems have names of keys that no keyboard has today."""


def shortcuts_of(window: QWidget) -> dict[str, dict[str, list[str]]]:
    """Return {where: {what is done: [keys]}} of all shortcuts of a window, those of every page first."""
    found: dict[str, dict[str, list[str]]] = {EVERYWHERE: {}}
    for owner, what, keys in _shortcuts(window):
        page = _page_of(owner)
        where = EVERYWHERE if page is None else f"On the {page.title} page"
        all_keys = found.setdefault(where, {}).setdefault(what, [])
        text = keys.toString(QKeySequence.SequenceFormat.NativeText)
        if text not in all_keys:
            all_keys.append(text)
    return found


def shortcuts_text(window: QWidget) -> str:
    """Return all shortcuts of a window as Markdown."""
    parts = []
    for where, shortcuts in shortcuts_of(window).items():
        rows = (f"| {' or '.join(keys[:_MOST_KEYS])} | {what} |" for what, keys in shortcuts.items())
        parts.append("\n".join((f"## {where}", "", "| Keys | What they do |", "|---|---|", *rows)))
    parts.append("Arrow keys move what has the focus: sliders, tables, and the marks of figures.")
    return "\n\n".join(parts)


def _shortcuts(window: QWidget) -> Iterator[tuple[QObject, str, QKeySequence]]:
    for shortcut in window.findChildren(QShortcut):
        sequences = shortcut.keys()
        for keys in sequences:
            yield shortcut, shortcut.whatsThis(), keys
    for action in window.findChildren(QAction):
        for keys in action.shortcuts():
            yield action, action.text().replace("&", ""), keys


def _page_of(owner: QObject | None) -> Page | None:
    while owner is not None and not isinstance(owner, Page):
        owner = owner.parent()
    return owner
