"""A window of text beside the main one, which goes on meanwhile: documentation, shortcuts, about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStyle, QTextBrowser, QVBoxLayout, QWidget

from ppo_desktop.resource_files import documentation_path
from ppo_desktop.views.controls import laid_out, push_button
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.theme import Theme

FIRST_PAGE = "index.md"
EVERYWHERE = "Everywhere"
_MOST_KEYS = 2
"""Keys that are listed for the same thing: some systems have names of keys that no keyboard has today."""


class ReadingWindow(QDialog):
    """Shows Markdown; Tab goes from link to link, Return follows one, Escape closes it.

    Args:
        parent: The main window, with which it closes.
        theme: Fonts and colours.
        object_name: Its name for tests.
        title: What it shows, for its title bar and for screen readers.
        size: The size it opens with, on a screen that is large enough.
    """

    def __init__(self, parent: QWidget, theme: Theme, object_name: str, title: str, size: QSize) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setWindowTitle(f"{title} – PPO Desktop")
        self.browser = QTextBrowser()
        self.browser.setObjectName(f"{object_name}_text")
        self.browser.setAccessibleName(title)
        self.browser.setOpenLinks(False)
        self.browser.anchorClicked.connect(self.follow)
        self._column = laid_out(QVBoxLayout(self), self.browser, margins=(12, 12, 12, 12))
        frame = parent.frameGeometry().size() - parent.size()
        if not frame.height():  # the parent fills the screen
            frame = QSize(0, self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight))
        self.resize(size.boundedTo(parent.screen().availableGeometry().size() - frame))
        theme.changed.connect(self.read)

    def open_for_reading(self) -> None:
        """Show what there is to read now, in front."""
        self.read()
        self.show()
        self.raise_()
        self.activateWindow()
        self.browser.setFocus()

    def read(self) -> None:
        """Read the text anew, in the present colours."""
        raise NotImplementedError

    def follow(self, url: QUrl) -> None:
        """Let the system open what a link leads to; a folder is made if need be."""
        if url.isLocalFile():
            Path(url.toLocalFile()).mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(url)


class TextWindow(ReadingWindow):
    """Shows a text that is made when it is asked for.

    Args:
        parent: The main window.
        theme: Fonts and colours.
        object_name: Its name for tests.
        title: What it shows.
        markdown: Makes the text.
    """

    def __init__(
        self, parent: QWidget, theme: Theme, object_name: str, title: str, markdown: Callable[[], str]
    ) -> None:
        super().__init__(parent, theme, object_name, title, QSize(640, 560))
        self._markdown = markdown

    def read(self) -> None:
        """Make the text anew."""
        self.browser.setMarkdown(self._markdown())


class DocumentationWindow(ReadingWindow):
    """Links lead from page to page, and out of the program with the system's browser."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "documentation_window", "Documentation", QSize(900, 720))
        key, go_back = "documentation", self.browser.backward
        contents = push_button("Contents", "documentation_contents_button", key, self._show_first_page)
        back = push_button("← Back", "documentation_back_button", key, go_back, accessible_name="Back")
        back.setEnabled(False)
        self.browser.backwardAvailable.connect(back.setEnabled)
        for button in (back, contents):
            button.setAutoDefault(False)  # Return belongs to the link that is reached
        self._column.insertLayout(0, laid_out(QHBoxLayout(), back, contents, 1))

    def read(self) -> None:
        """Begin with the first page, or show the present one anew."""
        if self.browser.source().isEmpty():
            self._show_first_page()
        else:
            self.browser.reload()

    def follow(self, url: QUrl) -> None:
        """Show another page, or let the system open what is none."""
        target = self.browser.source().resolved(url)
        if target.isLocalFile() and Path(target.toLocalFile()).suffix == ".md":
            self.browser.setSource(target)
        else:
            super().follow(target)

    def _show_first_page(self) -> None:
        self.browser.setSource(QUrl.fromLocalFile(str(documentation_path(FIRST_PAGE))))


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
