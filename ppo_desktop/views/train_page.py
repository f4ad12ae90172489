"""The Train page: hyperparameters left, environment and update in the middle, plots right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.views.environment_panel import EnvironmentPanel
from ppo_desktop.views.footer import Footer
from ppo_desktop.views.hyperparameter_panel import HyperparameterPanel
from ppo_desktop.views.message_line import MessageLine
from ppo_desktop.views.plots_panel import PlotsPanel
from ppo_desktop.views.policy_view import EntropyUnit
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update_panel import UpdatePanel

REFRESH_MILLISECONDS = 100
"""Plots and counters are redrawn at most this often; environment and update at every report."""


class TrainPage(QWidget):
    """Lays out the panels and redraws the slow ones ten times a second while there is news."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        # A click beside the controls takes the focus from them and gives the keys back to the window.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._session = session
        self.environment = EnvironmentPanel(session, theme)
        self.plots = PlotsPanel(theme)
        self._footer = Footer(session)
        self._lay_out(HyperparameterPanel(session, theme), UpdatePanel(session, theme))
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(REFRESH_MILLISECONDS)
        self._refresh_timer.timeout.connect(self._refresh)
        self.plots.entropy_unit_changed.connect(self.environment.set_entropy_unit)
        session.run_changed.connect(self._show_run)
        session.frame_changed.connect(self._footer.count_frame)
        session.progress_changed.connect(self._refresh_soon)
        self._show_run()

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show entropies in bits or nats."""
        self.plots.set_entropy_unit(unit)
        self.environment.set_entropy_unit(unit)

    def _lay_out(self, hyperparameters: QWidget, update: QWidget) -> None:
        middle = QSplitter(Qt.Orientation.Vertical)
        middle.addWidget(self.environment)
        middle.addWidget(update)
        middle.setSizes([480, 420])
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((hyperparameters, 0), (middle, 3), (self.plots, 4)):
            self.columns.addWidget(widget)
            self.columns.setStretchFactor(self.columns.count() - 1, stretch)
        self.columns.setSizes([300, 520, 700])
        for splitter in (middle, self.columns):
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(MessageLine(self._session))
        body = QVBoxLayout()
        body.setContentsMargins(10, 0, 10, 8)
        body.addWidget(self.columns)
        layout.addLayout(body, 1)
        layout.addWidget(self._footer)

    def _show_run(self) -> None:
        settings = self._session.settings
        self.plots.show_run(settings.environment_id, self._session.n_actions, settings.algorithm)
        self._refresh()

    def _refresh_soon(self) -> None:
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    def _refresh(self) -> None:
        self.plots.redraw(self._session.history)
        self._footer.refresh()
