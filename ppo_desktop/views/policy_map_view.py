"""What the policy has learnt: the preferred action and V(s) all over a plane of states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QHideEvent, QImage, QShowEvent

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, plane_for
from ppo_desktop.ppo.catalogue.environment import ActionName
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.catalogue.grid_world import cells_of
from ppo_desktop.ppo.catalogue.state_plane import Cell, StatePlane
from ppo_desktop.ppo.events import Frame, GaussianPolicy, Survey
from ppo_desktop.views.charts.colours import image_of, mixed
from ppo_desktop.views.charts.frame import Axis, PlotFrame, left_of
from ppo_desktop.views.charts.live import LIVE_FONT, LiveFigure
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import HeatMap, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.charts.words import Heading, Word
from ppo_desktop.views.controls import explained
from ppo_desktop.views.environment_view import EMPTY_TEXT
from ppo_desktop.views.map_colours import (
    FAINTEST,
    MEANS,
    VALUES,
    action_colour,
    preference_colours,
    preference_strength,
    scale_colours,
)
from ppo_desktop.views.map_shapes import (
    Arrows,
    Cells,
    ColourScale,
    axes_of,
    between_cells,
    cell_names,
    columns_below,
    landmarks,
    on_plane,
    path_image,
    shaped,
)
from ppo_desktop.views.policy_view import number_text
from ppo_desktop.views.theme import Theme

_DESCRIBE_EVERY_MS = 1000
"""Screen readers cannot follow what changes four times a second."""
_NARROWEST = 24.0
"""Base font sizes; a view that is not wider than this has room for one map only."""
_GAP = 10.0


@dataclass(frozen=True, eq=False)
class _Maps:
    """A survey turned into pixels.

    Attributes:
        policy: Preferred action or mean.
        values: V(s).
        strength: (rows, columns), how clear the preference is; None for continuous actions.
        preferred: Preferred action of each place; empty for continuous actions.
        lowest: Least V(s) of the plane.
        highest: Largest V(s) of the plane.
    """

    policy: QImage
    values: QImage
    strength: Numbers | None
    preferred: tuple[ActionName, ...]
    lowest: float
    highest: float


class PolicyMapView(LiveFigure):
    """Two maps side by side, each with its legend, the agent's path on both.

    It shows nothing that it has not been given: `wanted` says whether they can be seen.
    """

    wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "policy_map_view", "Map of the policy", "map")
        self._environment_id = ""
        self._plane: StatePlane | None = None
        self._value_name = "V(s)"
        self._frame: Frame | None = None
        self._survey: Survey | None = None
        self._maps: _Maps | None = None
        self._describe_timer = QTimer(self, singleShot=True, interval=_DESCRIBE_EVERY_MS)
        self._describe_timer.timeout.connect(self._describe)
        theme.changed.connect(self._make_maps)

    def sizeHint(self) -> QSize:
        """Prefer the proportions of a screen, as the scene does."""
        return QSize(480, 270)

    def minimumSizeHint(self) -> QSize:
        """Return what one small map needs."""
        return QSize(160, 90)

    def show_run(self, environment_id: str, *, rewards_are_scaled: bool) -> None:
        """Prepare for another run, of which nothing is known yet."""
        self._environment_id = environment_id
        self._plane = plane_for(environment_id)
        self._value_name = "V(s), scaled" if rewards_are_scaled else "V(s)"
        self._frame = self._survey = self._maps = None
        explained(self, "map", self._note(rewards_are_scaled) if self._plane is not None else "")
        self.setAccessibleDescription(EMPTY_TEXT)
        self.update()

    def show_map(self, grid_map: GridMap) -> None:
        """Show goal and walls of the grid world where they are on this map."""
        plane = self._plane
        if plane is not None and plane.cells and plane.cells != (cells := cells_of(grid_map)):
            self._plane = replace(plane, cells=cells)
            self._make_maps()
            self.update()

    def show_frame(self, frame: Frame | None, survey: Survey | None) -> None:
        """Show where the agent is and the last survey; None before there is one."""
        if frame is not None and frame.environment_id != self._environment_id:
            return
        self._frame = frame
        if survey is not self._survey:
            self._survey = survey
            self._make_maps()
        if not self._describe_timer.isActive():
            self._describe_timer.start()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for surveys."""
        super().showEvent(event)
        self.wanted.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for no surveys while it is hidden."""
        super().hideEvent(event)
        self.wanted.emit(False)

    # ---- what is shown -----------------------------------------------------------------------------

    def _make_maps(self) -> None:
        """Turn the survey into pixels."""
        self._maps = None
        survey, plane, frame = self._survey, self._plane, self._frame
        if survey is None or plane is None or frame is None:
            return
        shape = (plane.rows, plane.columns)
        values, palette = survey.values.reshape(shape), self._theme.palette
        decided = survey.values[_decided(plane)]
        lowest, highest = float(decided.min()), float(decided.max())
        policy = survey.policy.reshape(*shape, -1)
        strength: Numbers | None = None
        preferred: tuple[ActionName, ...] = ()
        if isinstance(frame.policy, GaussianPolicy):
            low, high = frame.policy.low[0], frame.policy.high[0]
            pixels = scale_colours(policy[..., 0], low, high, MEANS, palette)
        else:
            pixels = preference_colours(policy, self._actions, palette)
            strength = preference_strength(policy)
            preferred = tuple(self._actions[action] for action in survey.policy.argmax(axis=-1))
        self._maps = _Maps(
            image_of(pixels),
            image_of(scale_colours(values, lowest, highest, VALUES, palette)),
            strength,
            preferred,
            lowest,
            highest,
        )

    @property
    def _actions(self) -> tuple[ActionName, ...]:
        return KNOWN_ENVIRONMENTS[self._environment_id].actions

    def frames_in(self, room: QRectF, plane: StatePlane) -> list[PlotFrame]:
        """Return where the maps are: that of the policy, and where there is room that of the value beside it.

        The right one shares the left one's rows.
        """
        line = QFontMetricsF(self._theme.font(LIVE_FONT)).height()
        columns, left_rows = axes_of(plane)
        rows = [left_rows, Axis(FixedScale(), left_rows.shown)]
        margins = [left_of(self._theme, rows[0], LIVE_FONT), 0.0]
        whole = room.adjusted(margins[0], 1.4 * line, -1.0, -1.2 * line)
        n_maps = 1 if room.width() < _NARROWEST * self._theme.base_size else 2
        width = (whole.width() - (n_maps - 1) * _GAP) / n_maps
        frames = []
        for place in range(n_maps):
            left = whole.left() + place * (width + _GAP)
            area = shaped(QRectF(left, whole.top(), width, whole.height()), plane)
            around = area.adjusted(-margins[place], 0.0, 0.0, 0.0)
            frames.append(PlotFrame(self._theme, area, columns, rows[place], around, LIVE_FONT))
        return frames if width >= 1 and whole.height() >= 1 else []

    def pictures_in(self, room: QRectF) -> Iterable[Picture]:
        """Return both maps, or the policy's alone where there is no room for two."""
        plane, frame = self._plane, self._frame
        if plane is None or frame is None:
            return
        path: QImage | None = None
        headings = self._policy_heading(frame), self._value_heading()
        for place, (map_frame, heading) in enumerate(
            zip(self.frames_in(room, plane), headings, strict=False)
        ):
            path = path or path_image(map_frame, plane, frame.path, self.devicePixelRatioF())
            shapes = [*self._ground(plane, place), HeatMap(path), cell_names(plane)]
            if place == 0 and self._maps is not None and self._maps.strength is not None:
                shapes.append(Arrows(plane, self._maps.strength, self._maps.preferred))
            yield Picture(map_frame, [*shapes, *self._agent(plane, frame), columns_below(plane), heading])

    def _ground(self, plane: StatePlane, place: int) -> list[Shape]:
        """Return a map's colours, and what stands on them for as long as the run lasts."""
        if self._maps is None:
            image = QImage(1, 1, QImage.Format.Format_RGB32)
            image.fill(self._theme.colour("scene"))
        else:
            image = (self._maps.policy, self._maps.values)[place]
        cells = Cells(plane), between_cells(self._theme, plane)
        return [HeatMap(image, is_smooth=not plane.cells), *cells, landmarks(self._theme, plane)]

    def _agent(self, plane: StatePlane, frame: Frame) -> list[Shape]:
        """Return where the agent is; beyond an edge it is at that edge."""
        if not np.isfinite(frame.observation).all():
            return []
        here = on_plane(plane, plane.position(frame.observation)[np.newaxis])
        dot = Dot(0.4 * self._theme.base_size - 1, self._theme.colour("text"), self._theme.colour("scene"))
        return [Scatter(here[:, 0], here[:, 1], dot)]

    def _policy_heading(self, frame: Frame) -> Shape:
        """Return what the left map's colours mean: each action's, from the faintest to the strongest."""
        if isinstance(frame.policy, GaussianPolicy):
            low, high = (f"{bound[0]:g}".replace("-", "−") for bound in (frame.policy.low, frame.policy.high))
            colours = [self._theme.colour(name) for name in MEANS]
            return ColourScale(f"mean {self._actions[0].name}", "text", (low, high), colours)
        assert self._plane is not None
        remark, ground = self._plane.remark, self._theme.colour("scene")
        captions = (f"preferred action, {remark}", remark, "") if remark else ("preferred action", "")
        strongest = [self._theme.colour(action_colour(action)) for action in self._actions]
        swatches = [(mixed(ground, colour, FAINTEST), colour) for colour in strongest]
        return Heading(
            [
                [
                    Word(caption),
                    *(Word(*word) for word in zip(names, ["text"] * len(names), swatches, strict=True)),
                ]
                for names in (
                    [action.name for action in self._actions],
                    [action.short or action.name for action in self._actions],
                )
                for caption in captions
            ]
        )

    def _value_heading(self) -> Shape:
        maps = self._maps
        ends = (_three_digits(maps.lowest), _three_digits(maps.highest)) if maps else ("", "")
        colours = [self._theme.colour(name) for name in VALUES]
        return ColourScale(self._value_name, "value", ends, colours)

    # ---- words -------------------------------------------------------------------------------------

    def _note(self, rewards_are_scaled: bool) -> str:
        plane = self._plane
        assert plane is not None
        continuous = len(self._actions) == 1
        lines = [
            f"What the policy has learnt, by {plane.x.title} and {plane.y.title}"
            + (f", {plane.remark}." if plane.remark else "."),
            "Left: the mean of the action."
            if continuous
            else "Left: the most probable action; the "
            "stronger its colour and the longer its arrow, the more probable it is.",
            "Right: the value network's estimate V(s)"
            + (
                " of the return, in units of the scaled rewards." if rewards_are_scaled else " of the return."
            ),
            "The dot is the agent shown, the line its last 200 steps.",
        ]
        return " ".join(lines)

    def _describe(self) -> None:
        """Say in words what the maps show."""
        plane, survey, frame = self._plane, self._survey, self._frame
        if plane is None or survey is None or frame is None or self._maps is None:
            return
        decided = _decided(plane)
        policy = survey.policy[decided]
        if isinstance(frame.policy, GaussianPolicy):
            low, high = number_text(float(policy.min()), 2), number_text(float(policy.max()), 2)
            preferences = f"mean {self._actions[0].name} from {low} to {high}"
        else:
            shares = np.bincount(policy.argmax(axis=-1), minlength=policy.shape[-1]) / len(policy)
            preferences = ", ".join(
                f"{action.name} in {100 * share:.0f} %"
                for action, share in zip(self._actions, shares, strict=True)
            )
            preferences = f"preferred action {preferences} of the states"
        place = ", ".join(number_text(number, 2) for number in plane.position(frame.observation).tolist())
        low, high = _three_digits(self._maps.lowest), _three_digits(self._maps.highest)
        self.setAccessibleDescription(
            f"{plane.x.title} to the right, {plane.y.title} upwards; {preferences}; "
            f"{self._value_name} from {low} to {high}; the agent is at {place}"
        )


def _decided(plane: StatePlane) -> NDArray[np.bool_]:
    """Return which places are states to act in, (G,): not walls, not where an episode is over."""
    if not plane.cells:
        return np.ones(plane.rows * plane.columns, dtype=bool)
    return np.array([cell is Cell.FREE for cell in plane.cells])


def _three_digits(number: float) -> str:
    """Return a number with three significant digits as long as it is neither tiny nor huge."""
    size = abs(number)
    return number_text(number, 2 if size < 10 else 1 if size < 100 else 0)
