"""The documentation that the program is shipped with, in a window of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ppo_desktop.resource_files import documentation_path
from ppo_desktop.views.controls import push_button
from ppo_desktop.views.reading_window import ReadingWindow
from ppo_desktop.views.theme import Theme

FIRST_PAGE = "index.md"


class DocumentationWindow(ReadingWindow):
    """Links lead from page to page, and out of the program with the system's browser."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "documentation_window", "Documentation", QSize(900, 720))
        contents = push_button("Contents", "documentation_contents_button", "documentation")
        contents.clicked.connect(self._show_first_page)
        back = push_button("← Back", "documentation_back_button", "documentation", accessible_name="Back")
        back.clicked.connect(self.browser.backward)
        back.setEnabled(False)
        self.browser.backwardAvailable.connect(back.setEnabled)
        line = QHBoxLayout()
        for button in (back, contents):
            button.setAutoDefault(False)  # Return belongs to the link that is reached
            line.addWidget(button)
        line.addStretch(1)
        self._column.insertLayout(0, line)

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
