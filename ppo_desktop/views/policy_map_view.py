"""What the policy has learnt: the preferred action and V(s) all over a plane of states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHideEvent,
    QImage,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, plane_for
from ppo_desktop.ppo.catalogue.environment import ActionName
from ppo_desktop.ppo.catalogue.state_plane import Cell, StatePlane
from ppo_desktop.ppo.events import Frame, GaussianPolicy, Survey
from ppo_desktop.views.controls import explained
from ppo_desktop.views.environment_view import EMPTY_TEXT
from ppo_desktop.views.map_colours import (
    FAINTEST,
    Numbers,
    action_colour,
    map_image,
    mean_colours,
    preference_colours,
    preference_strength,
    value_colours,
)
from ppo_desktop.views.map_plot import MapPlot
from ppo_desktop.views.policy_view import number_text
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.wording_label import first_fitting

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


class PolicyMapView(QWidget):
    """Two maps side by side, each with its legend, the agent's path on both.

    It shows nothing that it has not been given: `wanted` says whether they can be seen.
    """

    wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("policy_map_view")
        self.setAccessibleName("Map of the policy")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._environment_id = ""
        self._plane: StatePlane | None = None
        self._value_name = "V(s)"
        self._frame: Frame | None = None
        self._survey: Survey | None = None
        self._maps: _Maps | None = None
        self._describe_timer = QTimer(self, singleShot=True, interval=_DESCRIBE_EVERY_MS)
        self._describe_timer.timeout.connect(self._describe)
        theme.changed.connect(self._follow_theme)

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
            pixels = mean_colours(policy[..., 0], low, high, palette)
        else:
            pixels = preference_colours(policy, self._actions, palette)
            strength = preference_strength(policy)
            preferred = tuple(self._actions[action] for action in survey.policy.argmax(axis=-1))
        self._maps = _Maps(
            map_image(pixels),
            map_image(value_colours(values, lowest, highest, palette)),
            strength,
            preferred,
            lowest,
            highest,
        )

    @property
    def _actions(self) -> tuple[ActionName, ...]:
        return KNOWN_ENVIRONMENTS[self._environment_id].actions

    def _follow_theme(self) -> None:
        self._make_maps()
        self.update()

    # ---- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both maps, or the policy's alone where there is no room for two."""
        if self._plane is None or self._frame is None:
            return
        painter = smooth_painter(self)
        first, second = self._plots(self._plane)
        if min(first.rect.width(), first.rect.height()) < 1:
            return
        path = first.path_image(self._frame, self.devicePixelRatioF())
        self._paint_policy_map(painter, first, self._frame, path)
        if second is not None:
            self._paint_value_map(painter, second, self._frame, path)

    def _plots(self, plane: StatePlane) -> tuple[MapPlot, MapPlot | None]:
        """Return both maps without their legends and labels; the right one shares the left one's rows."""
        line = self._line_height
        whole = QRectF(self.rect()).adjusted(0.0, 1.4 * line, -1.0, -1.2 * line)
        margin = MapPlot(plane, whole, self._theme).left_margin()
        whole.setLeft(whole.left() + margin)
        if self.width() < _NARROWEST * self._theme.base_size:
            return MapPlot(plane, _shaped(whole, plane), self._theme), None
        width = (whole.width() - _GAP) / 2
        left = QRectF(whole.topLeft(), QSizeF(width, whole.height()))
        right = left.translated(width + _GAP, 0.0)
        plots = (MapPlot(plane, _shaped(rect, plane), self._theme) for rect in (left, right))
        return next(plots), next(plots)

    def _paint_policy_map(self, painter: QPainter, plot: MapPlot, frame: Frame, path: QImage) -> None:
        maps = self._maps
        plot.paint_image(painter, maps.policy if maps else None)
        painter.drawImage(plot.rect.topLeft(), path)
        plot.paint_cell_names(painter)
        if maps is not None and maps.strength is not None:
            plot.paint_arrows(painter, maps.strength, maps.preferred)
        plot.paint_agent(painter, frame)
        plot.paint_axes(painter, left=True)
        line = self._legend_line(plot, plot.left_margin())
        if isinstance(frame.policy, GaussianPolicy):
            (action,) = self._actions
            ends = [f"{bound[0]:g}".replace("-", "−") for bound in (frame.policy.low, frame.policy.high)]
            self._paint_scale(
                painter, line, f"mean {action.name}", "text", ends, ("map_left", "scene", "map_right")
            )
        else:
            self._paint_actions(painter, line)

    def _paint_value_map(self, painter: QPainter, plot: MapPlot, frame: Frame, path: QImage) -> None:
        maps = self._maps
        plot.paint_image(painter, maps.values if maps else None)
        painter.drawImage(plot.rect.topLeft(), path)
        plot.paint_cell_names(painter)
        plot.paint_agent(painter, frame)
        plot.paint_axes(painter, left=False)
        ends = [_three_digits(maps.lowest), _three_digits(maps.highest)] if maps else ["", ""]
        line = self._legend_line(plot, 0.0)
        colours = ("map_value_low", "value", "map_value_high")
        self._paint_scale(painter, line, self._value_name, "value", ends, colours)

    def _legend_line(self, plot: MapPlot, margin: float) -> QRectF:
        line = self._line_height
        return QRectF(
            plot.rect.left() - margin, plot.rect.top() - 1.3 * line, plot.rect.width() + margin, line
        )

    def _paint_actions(self, painter: QPainter, line: QRectF) -> None:
        """Write each action beside its colours, from the faintest to the strongest."""
        actions = self._actions
        metrics = QFontMetricsF(self._theme.font(0.85))
        swatch, gap = 1.1 * line.height(), 0.5 * line.height()
        wordings = [[action.name for action in actions], [action.short or action.name for action in actions]]

        def width(texts: Sequence[str]) -> float:
            return sum(metrics.horizontalAdvance(text) + swatch + 3 + gap for text in texts) - gap

        texts = next((texts for texts in wordings if width(texts) <= line.width()), wordings[-1])
        painter.setFont(self._theme.font(0.85))
        left = line.right() - width(texts)
        assert self._plane is not None
        remark = self._plane.remark
        captions = (f"preferred action, {remark}", remark) if remark else ("preferred action",)
        room = left - line.left() - gap
        caption = first_fitting(captions, metrics, room)
        self._write(painter, line, caption, "muted")
        for action, text in zip(actions, texts, strict=True):
            colour = self._theme.colour(action_colour(action))
            faint = _mixed(self._theme.colour("scene"), colour, FAINTEST)
            self._paint_bar(painter, QRectF(left, line.top(), swatch, line.height()), (faint, colour))
            room = metrics.horizontalAdvance(text)
            self._write(painter, QRectF(left + swatch + 3, line.top(), room + 2, line.height()), text, "text")
            left += swatch + 3 + room + gap

    def _paint_scale(
        self,
        painter: QPainter,
        line: QRectF,
        name: str,
        name_colour: str,
        ends: list[str],
        colours: tuple[str, ...],
    ) -> None:
        """Write a name, and a bar of colours between the numbers of its ends."""
        font = self._theme.font(0.85)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        number, space = metrics.horizontalAdvance("−00.0"), 4.0
        low, high = (max(number, metrics.horizontalAdvance(end)) for end in ends)
        caption = metrics.horizontalAdvance(name) + 2 * space
        bar = line.adjusted(caption + low + space, 0.0, -high - space, 0.0)
        self._write(painter, line, name, name_colour)
        for end, left, room, side in (
            (ends[0], bar.left() - space - low, low, Qt.AlignmentFlag.AlignRight),
            (ends[1], bar.right() + space, high, Qt.AlignmentFlag.AlignLeft),
        ):
            self._write(painter, QRectF(left, line.top(), room, line.height()), end, "muted", side)
        self._paint_bar(painter, bar, tuple(map(self._theme.colour, colours)))

    def _paint_bar(self, painter: QPainter, rect: QRectF, colours: tuple[QColor, ...]) -> None:
        if rect.width() <= 2:
            return
        bar = rect.adjusted(0.0, 0.25 * rect.height(), 0.0, -0.25 * rect.height())
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for index, colour in enumerate(colours):
            gradient.setColorAt(index / (len(colours) - 1), colour)
        painter.setPen(QPen(self._theme.colour("border"), 1.0))
        painter.setBrush(gradient)
        painter.drawRect(bar)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _write(
        self,
        painter: QPainter,
        rect: QRectF,
        text: str,
        colour: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setPen(self._theme.colour(colour))
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, text)

    @property
    def _line_height(self) -> float:
        return QFontMetricsF(self._theme.font(0.85)).height()

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


def _shaped(rect: QRectF, plane: StatePlane) -> QRectF:
    """Return the room for a map: all of it, or for the cells of a grid what keeps them square."""
    if not plane.cells:
        return rect
    side = max(1.0, min(rect.width() / plane.columns, rect.height() / plane.rows))
    shaped = QRectF(QPointF(), QSizeF(side * plane.columns, side * plane.rows))
    shaped.moveCenter(rect.center())
    return shaped


def _mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    def between(a: float, b: float) -> float:
        return a + share * (b - a)

    return QColor.fromRgbF(
        between(ground.redF(), colour.redF()),
        between(ground.greenF(), colour.greenF()),
        between(ground.blueF(), colour.blueF()),
    )


def _three_digits(number: float) -> str:
    """Return a number with three significant digits as long as it is neither tiny nor huge."""
    size = abs(number)
    return number_text(number, 2 if size < 10 else 1 if size < 100 else 0)
