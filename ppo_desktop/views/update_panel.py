"""The card "Inside the update": where the run is in its update, and the clipped objective."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.clipped_objective_view import ClippedObjectiveView
from ppo_desktop.views.controls import EXPLANATION, explained
from ppo_desktop.views.theme import Theme

FULL_SPEED_SECONDS = 1 / 12
"""At full speed a minibatch stays at least this long; nobody can follow more, and training goes on."""
RATIO_TOLERANCE = 1e-5
"""Ratios nearer to 1 than this are said to be 1."""


class UpdatePanel(QFrame):
    """Shows the current minibatch; dragging an ε bar there is moving the ε slider."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setProperty(EXPLANATION, "update")
        self._session = session
        self._shown_at = 0.0
        self._view = ClippedObjectiveView(theme)
        self._view.epsilon_dragged.connect(self._change_epsilon)
        title = QLabel("Inside the update")
        title.setProperty("role", "title")
        self._where = explained(QLabel(), "update_loop")
        self._where.setProperty("role", "muted")
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        header = QHBoxLayout()
        header.addWidget(title)
        header.addWidget(self._where, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 6)
        layout.setSpacing(2)
        layout.addLayout(header)
        layout.addWidget(self._view, 1)
        session.settings_changed.connect(self._show_settings)
        session.run_changed.connect(self._show_minibatch)
        session.minibatch_changed.connect(self._show_minibatch_if_due)
        session.state_changed.connect(self._show_minibatch)
        self._show_settings()

    def _show_settings(self) -> None:
        settings = self._session.settings
        self._view.show_epsilon(
            settings.hyperparameters.clip_range, clips=settings.algorithm is Algorithm.PPO
        )

    def _show_minibatch_if_due(self) -> None:
        full_speed = self._session.speed is None and self._session.state is RunState.RUNNING
        if not full_speed or time.monotonic() - self._shown_at >= FULL_SPEED_SECONDS:
            self._show_minibatch()

    def _show_minibatch(self) -> None:
        if self.isVisible():
            self._shown_at = time.monotonic()
            self._view.show_minibatch(self._session.minibatch)
            self._describe()

    def _describe(self) -> None:
        """Say where in the update the minibatch is, and that its ratios are 1 where they are."""
        minibatch = self._session.minibatch
        if minibatch is None:
            self._where.setText("")
            return
        where = f"epoch {minibatch.epoch}/{minibatch.n_epochs}"
        if minibatch.n_minibatches > 1:
            where += f" · minibatch {minibatch.minibatch}/{minibatch.n_minibatches}"
        all_one = bool((abs(minibatch.samples.ratios - 1) < RATIO_TOLERANCE).all())
        explanation = "ratio_is_one" if all_one else "update_loop"
        if self._where.property(EXPLANATION) != explanation:
            explained(self._where, explanation)
        self._where.setText(f"all ratios are 1 · {where}" if all_one else where)

    def _change_epsilon(self, epsilon: float) -> None:
        declaration = DECLARATIONS["clip_range"]
        assert declaration.scale is not None
        inside = min(max(epsilon, declaration.scale.low), declaration.scale.high)
        self._session.change(clip_range=declaration.stops[declaration.nearest_stop(inside)])
