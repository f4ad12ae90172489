"""The window: header, page, menu, shortcuts; closing it ends everything it started."""

from __future__ import annotations

from collections.abc import Callable
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
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QVBoxLayout, QWidget

from ppo_desktop import __version__
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.preferences import Preferences
from ppo_desktop.views.explanation_panel import ExplanationPanel
from ppo_desktop.views.header import Header, click_if_focused
from ppo_desktop.views.theme import Appearance, Theme
from ppo_desktop.views.train_page import TrainPage

_FIRST_SIZE = QSize(1600, 1000)


class MainWindow(QMainWindow):
    """Everything the user sees.

    The learner is prepared after the first paint, so that the window is there at once.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        preferences: Preferences,
        *,
        icon: Path,
        log_file: Path,
        save: Callable[[Preferences], None],
    ) -> None:
        super().__init__()
        self.session = session
        self._theme = theme
        self._log_file = log_file
        self._save = save
        self._is_painted = False
        self._geometry_before_projector = QByteArray()
        self.setWindowTitle("PPO Desktop")
        self.setWindowIcon(QIcon(str(icon)))
        self._header = Header(session, theme)
        self._page = TrainPage(session, theme)
        self._build()
        self._explanation = ExplanationPanel(self, self._page, theme)
        self._make_menu()
        self._make_shortcuts()
        self._restore(preferences)
        self._page.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.session.prepare)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._save(self._preferences())
        self.hide()
        self.session.close()
        super().closeEvent(event)

    def _build(self) -> None:
        central = QWidget()
        central.setObjectName("page")
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._page, 1)
        self.setCentralWidget(central)

    # ---- menu and shortcuts --------------------------------------------------------------------------

    def _make_menu(self) -> None:
        menu = QMenu(self)
        self._add_appearances(menu.addMenu("Appearance"))
        self._projector = self._add_action(menu, "Projector mode", self._toggle_projector, "F11")
        self._projector.setCheckable(True)
        menu.addSeparator()
        stack = self.session.undo_stack
        for action, keys in (
            (stack.createUndoAction(self, "Undo"), QKeySequence.StandardKey.Undo),
            (stack.createRedoAction(self, "Redo"), QKeySequence.StandardKey.Redo),
        ):
            action.setShortcuts(keys)
            menu.addAction(action)
            self.addAction(action)
        menu.addSeparator()
        self._add_action(menu, "Explain\tF1", self._explanation.explain_window)
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
        for keys, slot in (
            ("Space", self._space_pressed),
            ("Right", self._step_environment),
            ("Shift+Right", self._step_minibatch),
            ("Ctrl+Right", self._step_update),
            ("R", self.session.reset),
            ("N", self.session.new_seed),
            ("+", self._faster),
            ("=", self._faster),
            ("-", self._slower),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)

    def _space_pressed(self) -> None:
        if not click_if_focused(QApplication.focusWidget()):
            self.session.toggle_training()

    def _step_environment(self) -> None:
        self.session.step(StepKind.ENVIRONMENT_STEP)

    def _step_minibatch(self) -> None:
        self.session.step(StepKind.MINIBATCH)

    def _step_update(self) -> None:
        self.session.step(StepKind.UPDATE)

    def _faster(self) -> None:
        self._header.change_speed(+1)

    def _slower(self) -> None:
        self._header.change_speed(-1)

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
        self._page.columns.restoreState(_decoded(preferences.columns))
        self._page.set_entropy_unit("nats" if preferences.entropy_unit == "nats" else "bits")
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
            columns=_encoded(self._page.columns.saveState()),
            appearance=self._theme.appearance.value,
            entropy_unit=self._page.plots.entropy_unit,
            environment_id=settings.environment_id,
            algorithm=settings.algorithm.value,
            preset=preset.name if preset is not None else "",
        )


def _encoded(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", errors="ignore")))
