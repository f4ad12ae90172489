"""The card "Environment": one agent's environment and what the policy thinks there."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.watching import Watching
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import CONTROL, Card, Segments, explained, laid_out, push_button, with_role
from ppo_desktop.views.environment_hand import EnvironmentHand
from ppo_desktop.views.environment_view import EMPTY_TEXT, EnvironmentView
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, FlatCombo, Options
from ppo_desktop.views.play_controls import Shown
from ppo_desktop.views.policy_map_view import PolicyMapView
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.policy_view import PolicyView
from ppo_desktop.views.rollout_maps import ROLLOUT_MAPS
from ppo_desktop.views.scenes import scene_for
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.picture_chart import PICTURE_MILLISECONDS, PictureChart
from ppo_desktop.views.update.update_picture import Moment, UpdatePicture
from ppo_desktop.views.watch_strip import WatchStrip
from ppo_desktop.views.wording_label import CardTitle

_POLICY = "policy"
_MAPS: Options = {
    _POLICY: Option("Policy, V(s)", GLOSSARY["map"].meaning),
    **{each: Option(each.label, GLOSSARY[each.explanation].meaning) for each in ROLLOUT_MAPS},
}
"""What a map can show: what the networks say, or what the rollout was."""
_NO_MAP = "There is no map: the states of this environment have too many parts for two axes."


class _Pictures(QStackedWidget):
    """Pictures of which one is shown, and has its least size; they give way to what stands below at times."""

    def __init__(self) -> None:
        super().__init__()
        self._given = 0

    def give_way(self, height: int) -> None:
        """Want so many pixels less than otherwise, or more."""
        if height != self._given:
            self._given = height
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return super().sizeHint() - QSize(0, self._given)

    def minimumSizeHint(self) -> QSize:
        return self.currentWidget().minimumSizeHint() - QSize(0, self._given)


class EnvironmentPanel(Card):
    """Shows the session's frame, as a scene or on a map; the agent and the kind of picture can be chosen.

    While somebody watches it shows what is watched instead.

    Args:
        session: The run.
        watching: What is watched.
        theme: Fonts and colours.
        empty_text: What to say before there is a frame; empty for nothing.

    Attributes:
        strip: Watches and judges.
    """

    def __init__(
        self, session: Session, watching: Watching, theme: Theme, empty_text: str = EMPTY_TEXT
    ) -> None:
        super().__init__("environment")
        self.setProperty(CONTROL, "environment")
        self._session = session
        self._watching = watching
        self._view = EnvironmentView(theme, empty_text)
        self._map = PolicyMapView(theme)
        self._map.wanted.connect(session.show_map)
        self._rollout_map = PictureChart(theme, "rollout_map")
        self._pictures = _Pictures()
        for view in (self._view, self._map, self._rollout_map):
            self._pictures.addWidget(view)
        self._hand = EnvironmentHand(self._view, watching, theme)
        self._policy = PolicyView(theme)
        self.strip = WatchStrip(watching)
        self._agents = with_role(ChoiceCombo("agent_combo", "Agent shown", "agent"), "flat")
        self._agents.chosen.connect(session.choose_agent)
        self._picture = self._picture_button()
        self._maps = FlatCombo("map_combo", "What the map shows", "map_picture", _MAPS)
        self._maps.show_value(_POLICY)
        self._maps.hide()
        self._maps.chosen.connect(self._choose_map)
        self._chosen_map: str | UpdatePicture = _POLICY
        self._sample = push_button(
            "", "sample_button", "sample", lambda: session.select_sample(None), role="flat"
        )
        self._sample.setAccessibleName("Leave the sample")
        self._prefers_map = False
        self._frame = Redraw(self, self._show_frame)
        self._rollout = Redraw(self._rollout_map, self._show_rollout, self._stay)
        self._segments = Segments(is_flat=True)
        self._segments.add(False, "Scene", "scene_button", "Show the scene", "scene")
        self._map_button = self._segments.add(True, "Map", "map_button", "Show the map", "map")
        self._segments.chosen.connect(self._prefer_map)
        parts = (self._header(), (self._pictures, 1), self._policy, self.strip)
        laid_out(QVBoxLayout(self), *parts, margins=(12, 8, 12, 8), spacing=6)
        session.frame_changed.connect(self._frame.request)
        session.minibatch_changed.connect(self._rollout.request)
        session.state_changed.connect(self._rollout.now)
        session.selection_changed.connect(self._frame.now)
        watching.frames_changed.connect(self._frame.request)
        watching.changed.connect(self._frame.now)
        watching.changed.connect(self._share_height)
        session.run_changed.connect(self._show_run)
        session.settings_changed.connect(self._show_agents)
        self._show_agents()

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show the entropy in bits or nats."""
        self._policy.set_entropy_unit(unit)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for pictures again."""
        super().showEvent(event)
        self._watching.set_visible(True)
        self._choose_picture()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for no more pictures: they cost the learner time."""
        super().hideEvent(event)
        self._session.show_gymnasium_picture(False)
        self._watching.set_visible(False)

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.addWidget(CardTitle("Environment"))
        # Without gaps: on a small screen five things share this line.
        header.setSpacing(0)
        right = (self._maps, self._picture, self._agents, self._sample)
        return laid_out(header, self._segments, 1, *right)

    def _picture_button(self) -> QPushButton:
        button = push_button(
            "Gymnasium",
            "picture_button",
            "picture",
            accessible_name="Show Gymnasium's own picture",
            role="flat",
        )
        button.setCheckable(True)
        button.toggled.connect(self._choose_picture)
        return button

    def _has_map(self) -> bool:
        return plane_for(self._session.run_settings.environment_id) is not None

    def _prefer_map(self, preferred: bool) -> None:
        """Take note of a choice."""
        self._prefers_map = preferred
        self._show_scene_or_map()

    def _show_scene_or_map(self) -> None:
        has_map = self._has_map()
        shows_map = has_map and self._prefers_map
        self._map_button.setEnabled(has_map)
        explained(self._map_button, "map", "" if has_map else _NO_MAP)
        self._segments.show_value(shows_map)
        of_map = self._map if self._chosen_map == _POLICY else self._rollout_map
        self._pictures.setCurrentWidget(of_map if shows_map else self._view)
        self._picture.setVisible(self._has_scene() and not shows_map)
        self._maps.setVisible(shows_map)
        self._choose_picture()
        self._frame.now()
        self._rollout.now()

    def _choose_map(self, chosen: str | UpdatePicture) -> None:
        """Take note of what the map is to show."""
        self._chosen_map = chosen
        self._maps.show_value(chosen)
        self._show_scene_or_map()

    def _stay(self) -> int:
        """Return how many milliseconds a map of a rollout stays at least."""
        return PICTURE_MILLISECONDS if self._session.is_at_full_speed else 0

    def _show_rollout(self) -> None:
        """Show the rollout that the gradient step shown learns from."""
        minibatch, picture = self._session.minibatch, self._chosen_map
        plane = plane_for(self._session.run_settings.environment_id)
        if isinstance(picture, UpdatePicture):
            moment = None if minibatch is None or plane is None else Moment(minibatch, plane=plane)
            self._rollout_map.show_moment(picture, moment, has_ratio=True)

    def _choose_picture(self) -> None:
        shows_map = self._pictures.currentWidget() is not self._view
        wanted = not shows_map and (self._picture.isChecked() or not self._has_scene())
        self._session.show_gymnasium_picture(wanted)
        self._watching.show_picture(wanted)
        self.strip.show_how(Shown.MAP if shows_map else Shown.PICTURE if wanted else Shown.SCENE)

    def _has_scene(self) -> bool:
        """Whether we draw the environment ourselves; of any other, Gymnasium's picture is shown."""
        return scene_for(self._session.settings.environment_id) is not None

    def _show_run(self) -> None:
        settings = self._session.run_settings
        scaled = settings.hyperparameters.normalize_rewards
        self._map.show_run(settings.environment_id, rewards_are_scaled=scaled)
        self._policy.show_run(rewards_are_scaled=scaled)
        self._show_scene_or_map()

    def _show_frame(self) -> None:
        watched, ghost = self._watching.watched, self._watching.ghost
        selected = self._session.selected_frame if watched is None else None
        frame = self._watching.frame_shown
        self._share_height()
        self._sample.setVisible(selected is not None)
        self._agents.setVisible(selected is None)
        self._agents.setEnabled(not self._watching.is_on)  # hidden, it would let columns find other places
        minibatch, row = self._session.minibatch, self._session.selected_row
        if selected is not None and minibatch is not None and row is not None:
            agent, time = minibatch.samples.agents[row] + 1, minibatch.samples.times[row] + 1
            self._sample.setText(f"sample: agent {agent}, t = {time}  ✕")
        if self._pictures.currentWidget() is self._map:
            self._map.show_map(self._watching.grid_map)
            self._map.show_frame(frame, self._session.survey)
        elif self._pictures.currentWidget() is self._view:
            self._view.show_frame(frame, None if ghost is None else ghost.frame)
        self._policy.show_frame(frame)

    def _share_height(self) -> None:
        """Let the picture give way to what is watched below it, where cards would have to move for that.

        A map of the rollout has the room of what the policy thinks of a state: it shows none.
        """
        is_of_rollout = self._pictures.currentWidget() is self._rollout_map
        gained = self._policy.minimumSizeHint().height() if is_of_rollout else 0
        self._policy.setVisible(not is_of_rollout)
        self._pictures.give_way(self.strip.height_of_lines - gained)

    def _show_agents(self) -> None:
        n_envs = self._session.settings.hyperparameters.n_envs
        self._agents.offer({agent: f"agent {agent + 1} of {n_envs}" for agent in range(n_envs)})
        self._agents.show_value(min(self._session.agent, n_envs - 1))
