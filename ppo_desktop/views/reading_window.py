"""A window of text beside the main one, which goes on meanwhile: documentation, shortcuts, about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from ppo_desktop.views.theme import Theme


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
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.addWidget(self.browser)
        frame = parent.frameGeometry().size() - parent.size()
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
