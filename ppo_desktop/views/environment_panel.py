"""The card "Environment": one agent's environment and what the policy thinks there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ppo_desktop.bridge.session import Session
from ppo_desktop.views.controls import EXPLANATION, named
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.policy_view import EntropyUnit, PolicyView
from ppo_desktop.views.scenes import scene_for
from ppo_desktop.views.theme import Theme


class EnvironmentPanel(QFrame):
    """Shows the session's frame; the agent and the kind of picture can be chosen."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setProperty(EXPLANATION, "environment")
        self._session = session
        self._view = EnvironmentView(theme)
        self._policy = PolicyView(theme)
        self._agents = named(QComboBox(), "agent_combo", "Agent shown", "agent")
        self._agents.setProperty("role", "flat")
        self._agents.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._agents.activated.connect(session.choose_agent)
        self._picture = self._picture_button()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(self._header())
        layout.addWidget(self._view, 1)
        layout.addWidget(self._policy)
        session.frame_changed.connect(self._show_frame)
        session.run_changed.connect(self._show_run)
        session.settings_changed.connect(self._show_agents)
        self._show_agents()

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show the entropy in bits or nats."""
        self._policy.set_entropy_unit(unit)

    def _header(self) -> QHBoxLayout:
        title = QLabel("Environment")
        title.setProperty("role", "title")
        header = QHBoxLayout()
        header.addWidget(title)
        header.addStretch(1)
        header.addWidget(self._picture)
        header.addWidget(self._agents)
        return header

    def _picture_button(self) -> QPushButton:
        button = named(QPushButton("Gymnasium"), "picture_button", "Show Gymnasium's own picture", "picture")
        button.setProperty("role", "flat")
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.toggled.connect(self._choose_picture)
        return button

    def _choose_picture(self) -> None:
        self._session.show_gymnasium_picture(self._picture.isChecked() or not self._has_scene())

    def _has_scene(self) -> bool:
        """Whether we draw the environment ourselves; of any other, Gymnasium's picture is shown."""
        return scene_for(self._session.settings.environment_id) is not None

    def _show_run(self) -> None:
        self._picture.setVisible(self._has_scene())
        self._choose_picture()
        self._show_frame()

    def _show_frame(self) -> None:
        frame = self._session.frame
        if self.isVisible():
            self._view.show_frame(frame)
            self._policy.show_frame(frame)

    def _show_agents(self) -> None:
        n_envs = self._session.settings.hyperparameters.n_envs
        if self._agents.count() != n_envs:
            self._agents.clear()
            self._agents.addItems([f"agent {agent} of {n_envs}" for agent in range(1, n_envs + 1)])
        self._agents.setCurrentIndex(min(self._session.agent, n_envs - 1))
