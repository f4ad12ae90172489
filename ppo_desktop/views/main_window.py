"""The window: header, message, pages, menu; closing it ends everything it started."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDesktopServices,
    QIcon,
    QKeySequence,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop import __version__
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.preferences import Preferences
from ppo_desktop.views.compare_page import ComparePage
from ppo_desktop.views.explanation_panel import ExplanationPanel
from ppo_desktop.views.header import Header
from ppo_desktop.views.message_line import MessageLine
from ppo_desktop.views.pages import Page
from ppo_desktop.views.theme import Appearance, Theme
from ppo_desktop.views.train_page import TrainPage

_FIRST_SIZE = QSize(1600, 1000)


class MainWindow(QMainWindow):
    """Everything the user sees.

    The learner is prepared after the first paint, so that the window is there at once.

    Attributes:
        session: The run of the Train page, and the message shown above every page.
        comparisons: The comparison of the Compare page.
        train_page: The first page.
        pages: All of them, in the order of their tabs.
        page: The one that is shown.
    """

    def __init__(
        self,
        session: Session,
        comparisons: ComparisonSession,
        theme: Theme,
        preferences: Preferences,
        *,
        icon: Path,
        log_file: Path,
        save: Callable[[Preferences], None],
    ) -> None:
        super().__init__()
        self.session = session
        self.comparisons = comparisons
        self._theme = theme
        self._log_file = log_file
        self._save = save
        self._is_painted = False
        self._geometry_before_projector = QByteArray()
        self.setWindowTitle("PPO Desktop")
        self.setWindowIcon(QIcon(str(icon)))
        self.train_page = TrainPage(session, theme)
        self.page: Page = self.train_page
        self.pages = self._make_pages()
        self._header = Header(self.pages)
        self._header.page_chosen.connect(self.show_page)
        self._message_line = MessageLine(session)
        self._build()
        self._explanation = ExplanationPanel(self, self.page, theme)
        self._make_menu()
        self._make_shortcuts()
        self._restore(preferences)
        self.show_page(self.page)

    def _make_pages(self) -> tuple[Page, ...]:
        """Return the pages in the order of their tabs; another page is made and added here."""
        self.comparisons.opened_in_train.connect(partial(self.show_page, self.train_page))
        return self.train_page, ComparePage(self.comparisons, self._theme)

    def show_page(self, page: Page) -> None:
        """Show one of the pages instead of the one shown now.

        The focus goes to the page, unless it is on the tabs, where arrow keys go on to the next one.
        """
        focused = QApplication.focusWidget()
        self.page = page
        self._header.show_page(page)
        self._stack.setCurrentWidget(page)
        self._explanation.set_page(page)
        self._show_actions()
        self._show_hint()
        if focused is None or not focused.isVisible() or focused.window() is not self:
            page.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.session.prepare)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._save(self._preferences())
        self.hide()
        with ExitStack() as ending:  # one page's trouble keeps nothing else from ending
            ending.callback(self.session.close)
            for page in self.pages:
                ending.callback(page.close_down)
        super().closeEvent(event)

    def _build(self) -> None:
        central = QWidget()
        central.setObjectName("page")
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._message_line)
        self._stack = QStackedWidget()
        for page in self.pages:
            self._stack.addWidget(page)
            page.hint_changed.connect(self._show_hint)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(central)

    def _show_actions(self) -> None:
        """Leave the shown page's own actions in the menu; those that are not there have no keys either."""
        for page in self.pages:
            for action in page.actions():
                action.setVisible(page is self.page)

    def _show_hint(self) -> None:
        self._message_line.set_hint(self.page.hint)

    # ---- menu and shortcuts --------------------------------------------------------------------------

    def _make_menu(self) -> None:
        menu = QMenu(self)
        self._add_appearances(menu.addMenu("Appearance"))
        self._projector = self._add_action(menu, "Projector mode", self._toggle_projector, "F11")
        self._projector.setCheckable(True)
        menu.addSeparator()
        for page in self.pages:
            menu.addActions(page.actions())
        menu.addSeparator()
        self._add_action(menu, "Explain\tF1", self._explanation.explain_page)
        self._add_action(menu, "Open the log file", self._open_log)
        self._add_action(menu, "About PPO Desktop", self._say_about)
        self._header.menu_button.setMenu(menu)

    def _add_appearances(self, menu: QMenu) -> None:
        self._appearances = QActionGroup(self)
        for appearance in Appearance:
            action = menu.addAction(appearance.value.capitalize())
            action.setCheckable(True)
            action.setData(appearance)
            self._appearances.addAction(action)
        self._appearances.triggered.connect(self._choose_appearance)

    def _add_action(self, menu: QMenu, text: str, slot: Callable[[], None], keys: str = "") -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(slot)
        if keys:
            action.setShortcut(QKeySequence(keys))
            self.addAction(action)
        return action

    def _make_shortcuts(self) -> None:
        QShortcut(QKeySequence("Space"), self).activated.connect(self._space_pressed)
        for number, page in enumerate(self.pages, start=1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(partial(self.show_page, page))

    def _space_pressed(self) -> None:
        """Press the button reached with the keyboard, if it is one; else do what the page has Space for."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        else:
            self.page.toggle()

    def _choose_appearance(self, action: QAction) -> None:
        self._theme.set_appearance(action.data())

    def _toggle_projector(self) -> None:
        """Large fonts on the full screen, and back to the very window it was before."""
        on = self._projector.isChecked()
        if on:
            self._geometry_before_projector = self.saveGeometry()
        self._theme.set_projector(on)
        if on:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
            QTimer.singleShot(0, self._restore_size)

    def _restore_size(self) -> None:
        """Take the former size once the layouts have shrunk with their fonts."""
        self.restoreGeometry(self._geometry_before_projector)

    def _open_log(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_file))):
            self.session.say(f"The log file is {self._log_file}")

    def _say_about(self) -> None:
        self.session.say(f"PPO Desktop {__version__}: see proximal policy optimization at work. MIT licence.")

    # ---- what is remembered --------------------------------------------------------------------------

    def _restore(self, preferences: Preferences) -> None:
        if not self.restoreGeometry(_decoded(preferences.geometry)):
            self._fit_screen()
        self.train_page.columns.restoreState(_decoded(preferences.columns))
        self.train_page.set_entropy_unit("nats" if preferences.entropy_unit == "nats" else "bits")
        for action in self._appearances.actions():
            action.setChecked(action.data() is self._theme.appearance)

    def _fit_screen(self) -> None:
        """Open at a good size, or as large as a small screen allows."""
        room = self.screen().availableGeometry().size()
        self.resize(_FIRST_SIZE.boundedTo(room))
        if room.width() <= _FIRST_SIZE.width() or room.height() <= _FIRST_SIZE.height():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _preferences(self) -> Preferences:
        settings, preset = self.session.settings, self.session.preset
        return Preferences(
            geometry=_encoded(
                self._geometry_before_projector if self._theme.projector else self.saveGeometry()
            ),
            columns=_encoded(self.train_page.columns.saveState()),
            appearance=self._theme.appearance.value,
            entropy_unit=self.train_page.plots.entropy_unit,
            environment_id=settings.environment_id,
            algorithm=settings.algorithm.value,
            preset=preset.name if preset is not None else "",
        )


def _encoded(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", errors="ignore")))
