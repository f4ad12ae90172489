"""Open policy: a policy from a file, played beside the main window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.policy_session import PolicySession
from ppo_desktop.policies.file_policy import FilePolicy
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import (
    Card,
    Segments,
    captioned,
    explained,
    laid_out,
    named,
    push_button,
    refresh_at,
    with_role,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.environment_hand import EnvironmentHand
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.kit.bar import JobBar
from ppo_desktop.views.kit.job_window import JobWindow
from ppo_desktop.views.play_controls import ActingSegments, PlayedLines, Shown
from ppo_desktop.views.policy_map_view import PolicyMapView
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.policy_view import PolicyView
from ppo_desktop.views.scenes import scene_for
from ppo_desktop.views.theme import Theme

_KEY = "opened_policy"
_NO_MAP = "There is no map: the states of this environment have too many parts for two axes."
_SIZE = QSize(720, 640)
Judge = Callable[[PolicyMoment], None]


class PolicyBar(JobBar):
    """Where it plays, how good it is, and another file."""

    def __init__(self, policy: PolicySession, judge: Judge, open_other: Callable[[], None]) -> None:
        super().__init__()
        self._policy = policy
        environments = EnvironmentCombo("policy_environment_combo", "policy_environment")
        environments.setPlaceholderText("choose one")
        environments.chosen.connect(policy.choose_environment)
        self._environments = environments
        self._judge = push_button(
            "How good?", "policy_judge_button", "judgement", lambda: _judge(policy, judge)
        )
        self._judge.setAccessibleName("How good is it really?")
        other = push_button("Open policy…", "policy_open_button", _KEY, open_other)
        self.set_groups((*captioned("Environment", environments), self._judge), (other,))
        refresh_at(self._show, policy.changed)

    def _show(self) -> None:
        opened = self._policy.opened
        self._environments.setEnabled(opened is not None)
        self._environments.offered = () if opened is None else opened.environments
        self._environments.show_value(self._policy.environment_id)
        self._judge.setEnabled(bool(self._policy.environment_id))


def _judge(policy: PolicySession, judge: Judge) -> None:
    if policy.opened is not None and policy.opened.moment is not None:
        judge(policy.opened.moment)


class PolicyCard(Card):
    """What the policy sees, does and thinks, as a scene or on a map."""

    def __init__(self, policy: PolicySession, theme: Theme) -> None:
        super().__init__(_KEY)
        self._policy, self._playing = policy, policy.playing
        self._view = EnvironmentView(theme, "")
        self._map = PolicyMapView(theme)
        self._thinks = PolicyView(theme)
        for view, name in ((self._view, "scene"), (self._map, "map"), (self._thinks, "thinks")):
            view.setObjectName(f"policy_file_{name}")
        self._pictures = QStackedWidget()
        self._pictures.addWidget(self._view)
        self._pictures.addWidget(self._map)
        self._hand = EnvironmentHand(self._view, self._playing, theme)
        self._facts = named(QLabel(), "policy_facts", "What the file holds", _KEY)
        self._facts.setWordWrap(True)
        self._said = with_role(named(QLabel(), "policy_message", "Message", "message"), "title")
        self._said.setWordWrap(True)
        self._segments = Segments(is_flat=True)
        self._segments.add(False, "Scene", "policy_scene_button", "Show the scene", "scene")
        self._map_button = self._segments.add(True, "Map", "policy_map_button", "Show the map", "map")
        self._segments.chosen.connect(self._choose)
        self._picture = self._picture_button()
        self._lines = PlayedLines(self._playing, "policy_")
        self._prefers_map = False
        header = laid_out(
            QHBoxLayout(),
            self._segments,
            self._picture,
            1,
            ActingSegments(self._playing, "policy"),
            spacing=0,
        )
        parts = (self._facts, self._said, header, (self._pictures, 1), self._thinks, self._lines)
        laid_out(QVBoxLayout(self), *parts, margins=(12, 8, 12, 8), spacing=6)
        self._environment_id = ""
        self._frame = Redraw(self, self._show_frame)
        self._playing.frames_changed.connect(self._frame.request)
        self._playing.changed.connect(self._frame.now)
        refresh_at(self._show, policy.changed)
        refresh_at(self._say, policy.notices.changed)

    def take_focus(self) -> None:
        """Begin with what is shown for the keyboard."""
        self._segments.buttons[False].setFocus()

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show the entropy in bits or nats."""
        self._thinks.set_entropy_unit(unit)

    def _picture_button(self) -> QPushButton:
        name = "Show Gymnasium's own picture"
        button = push_button(
            "Gymnasium", "policy_picture_button", "picture", accessible_name=name, role="flat"
        )
        button.setCheckable(True)
        button.toggled.connect(self._choose_picture)
        return button

    def _show(self) -> None:
        """Show which policy it is, and where it plays."""
        opened, environment_id = self._policy.opened, self._policy.environment_id
        self._facts.setText("" if opened is None else _facts(opened.policy))
        if opened is None or opened.moment is None or environment_id == self._environment_id:
            return
        self._environment_id = environment_id
        are_scaled = opened.policy.rewards_are_scaled
        self._map.show_run(environment_id, rewards_are_scaled=are_scaled)
        self._thinks.show_run(rewards_are_scaled=are_scaled)
        has_map = plane_for(environment_id) is not None
        self._map_button.setEnabled(has_map)
        explained(self._map_button, "map", "" if has_map else _NO_MAP)
        self._show_scene_or_map()

    def _say(self) -> None:
        text = self._policy.notices.current.text
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _choose(self, prefers_map: bool) -> None:
        self._prefers_map = prefers_map
        self._show_scene_or_map()

    def _show_scene_or_map(self) -> None:
        shows_map = self._prefers_map and self._map_button.isEnabled()
        self._segments.show_value(shows_map)
        self._pictures.setCurrentWidget(self._map if shows_map else self._view)
        self._picture.setVisible(self._has_scene and not shows_map)
        self._choose_picture()
        self._frame.now()

    @property
    def _has_scene(self) -> bool:
        return scene_for(self._environment_id) is not None

    def _choose_picture(self) -> None:
        shows_map = self._pictures.currentWidget() is self._map
        wanted = not shows_map and (self._picture.isChecked() or not self._has_scene)
        self._playing.show_picture(wanted)
        self._lines.show_how(Shown.MAP if shows_map else Shown.PICTURE if wanted else Shown.SCENE)

    def _show_frame(self) -> None:
        watched, opened = self._playing.watched, self._policy.opened
        frame = None if watched is None else watched.frame
        if self._pictures.currentWidget() is self._map:
            self._map.show_map(self._playing.grid_map)
            self._map.show_frame(frame, None if opened is None or frame is None else opened.survey)
        else:
            self._view.show_frame(frame)
        self._thinks.show_frame(frame)


class PolicyWindow(JobWindow):
    """Shows one policy from a file; it plays as long as the window is open.

    Args:
        parent: The main window.
        policy: What it shows.
        theme: Fonts and colours.
        judge: Asks how good it really is.
        open_other: Asks for another file.
    """

    def __init__(
        self,
        parent: QWidget,
        policy: PolicySession,
        theme: Theme,
        judge: Judge,
        open_other: Callable[[], None],
    ) -> None:
        self._policy = policy
        self._card = PolicyCard(policy, theme)
        parts = PolicyBar(policy, judge, open_other), (self._card, 1)
        super().__init__(parent, policy, "policy_window", "Policy from a file", _SIZE, theme, _KEY, *parts)
        self.set_entropy_unit = self._card.set_entropy_unit
        self._card.take_focus()

    def showEvent(self, event: QShowEvent) -> None:
        """Let it play."""
        super().showEvent(event)
        self._policy.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let it rest."""
        super().hideEvent(event)
        self._policy.set_visible(False)


def _facts(policy: FilePolicy) -> str:
    """Return what a file holds, in one line."""
    widths = "–".join(str(len(layer.bias)) for layer in policy.actor[:-1])
    layers = f"{policy.activation} {widths}" if widths else "no hidden layer"
    learnt = f"{grouped(policy.steps)} steps" if policy.steps else ""
    parts = (policy.file, policy.algorithm.label, str(policy.sizes), layers, learnt)
    return " · ".join(filter(None, parts))
