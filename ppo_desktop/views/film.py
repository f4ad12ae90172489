"""Films of a run: painted off-screen, frame by frame, in whatever thread asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from ppo_desktop.exports.film import Footage, Shot
from ppo_desktop.exports.film_files import FILM_WRITERS, Pixels, Reel
from ppo_desktop.exports.film_plan import FilmPlan, FilmSubject
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.runs.history import History
from ppo_desktop.runs.kept import KeptRun
from ppo_desktop.runs.past import Past
from ppo_desktop.views.charts.frame import PlotFrame
from ppo_desktop.views.frame_painter import FramePainter, Shown
from ppo_desktop.views.run_curves import main_cards, plots_of
from ppo_desktop.views.theme import DARK, LIGHT, Look, smooth_painter
from ppo_desktop.views.wording_label import first_fitting

_SHORTER_SIDE = 450.0
"""Of every film in the units in which it is painted, so that its words grow with it."""
_GAP = 10.0
_SHARE_OF_SCENE = 0.56
"""Of the width, beside curves."""
_SMALL = 0.85


@dataclass(frozen=True)
class _Places:
    """Where everything stands, in units of the painter."""

    scene: QRectF
    curves: QRectF
    caption: QRectF


class FilmPainter:
    """Paints the frames of a film.

    Args:
        plan: How the film is to be.
        history: All of the run.
    """

    def __init__(self, plan: FilmPlan, history: History) -> None:
        self._plan, self._history = plan, history
        self._look = Look(DARK if plan.is_dark else LIGHT)
        self._frames = FramePainter(self._look)
        self._scale = min(plan.size) / _SHORTER_SIDE
        cards = main_cards(history) if plan.has_plots else ()
        self._curves = plots_of(self._look, cards, history)
        self._places = self._laid_out()
        self._frames_of_plots: list[PlotFrame] = []
        self._empty = self._empty_plots()
        self._ground: tuple[object, QImage] | None = None

    def paint(self, shot: Shot) -> QImage:
        """Return a frame, 32 bits a pixel."""
        image = self._with_curves(shot).copy()
        painter = self._painter(image)
        self._paint_scene(painter, shot)
        painter.end()
        return image

    def _laid_out(self) -> _Places:
        room = QRectF(0.0, 0.0, self._plan.width / self._scale, self._plan.height / self._scale)
        line = QFontMetricsF(self._look.font(_SMALL)).height()
        caption = QRectF(_GAP, room.bottom() - line - 0.6 * _GAP, room.width() - 2 * _GAP, line)
        room.setBottom(caption.top() - 0.6 * _GAP)
        if not self._curves:
            return _Places(room, QRectF(), caption)
        if room.width() < room.height():  # the curves stand below
            half = room.height() / 2
            below = room.adjusted(_GAP, half + _GAP, -_GAP, 0)
            return _Places(room.adjusted(0, 0, 0, -half), below, caption)
        width = _SHARE_OF_SCENE * room.width()
        return _Places(
            room.adjusted(0, 0, width - room.width(), 0),
            room.adjusted(width + _GAP, _GAP, -_GAP, 0),
            caption,
        )

    def _with_curves(self, shot: Shot) -> QImage:
        """Return what is below the scene: the curves and the words, painted when they have changed."""
        shown = shot.steps_shown, shot.moment.update, shot.start
        if self._ground is None or self._ground[0] != shown:
            image = self._empty.copy()
            painter = self._painter(image)
            is_rest_faint = self._plan.subject is FilmSubject.EPISODE
            for curves, frame in zip(self._curves, self._frames_of_plots, strict=True):
                curves.grown(frame, shot.steps_shown, is_rest_faint=is_rest_faint).paint(painter)
            self._paint_caption(painter, shot)
            painter.end()
            self._ground = shown, image
        return self._ground[1]

    def _painter(self, image: QImage) -> QPainter:
        painter = smooth_painter(image)
        painter.scale(self._scale, self._scale)
        return painter

    def _paint_scene(self, painter: QPainter, shot: Shot) -> None:
        painter.setClipRect(self._places.scene)
        painter.fillRect(self._places.scene, self._look.colour("scene"))
        painter.setFont(self._look.font())
        self._frames.paint_frame(painter, self._places.scene, Shown(shot.frame))

    def _empty_plots(self) -> QImage:
        """Return the picture without anything that changes, and note where curves are to grow."""
        image = QImage(self._plan.width, self._plan.height, QImage.Format.Format_RGB32)
        image.fill(self._look.colour("card"))
        painter = self._painter(image)
        room, metrics = self._places.curves, QFontMetricsF(self._look.font(_SMALL, bold=True))
        height = room.height() / max(1, len(self._curves))
        for number, curves in enumerate(self._curves):
            place = QRectF(room.left(), room.top() + number * height, room.width(), height - _GAP)
            painter.setFont(self._look.font(_SMALL, bold=True))
            painter.setPen(self._look.colour("text"))
            title = first_fitting(curves.card.titles, metrics, place.width(), is_cut=True)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
            plot = curves.empty(place.adjusted(0.0, metrics.height() + 2.0, 0.0, 0.0))
            plot.paint(painter)
            self._frames_of_plots.append(plot.frame)
        painter.end()
        return image

    def _paint_caption(self, painter: QPainter, shot: Shot) -> None:
        metrics = QFontMetricsF(self._look.font(_SMALL))
        painter.setFont(self._look.font(_SMALL))
        painter.setPen(self._look.colour("muted"))
        text = first_fitting(self._captions(shot), metrics, self._places.caption.width(), is_cut=True)
        painter.drawText(self._places.caption, Qt.AlignmentFlag.AlignLeft, text)

    def _captions(self, shot: Shot) -> tuple[str, ...]:
        """Return what is seen, in fewer and fewer words."""
        settings, moment = shot.moment.settings, shot.moment
        update = f"after update {grouped(moment.update)} of {grouped(self._history.updates)}"
        start = f"start state {shot.start} of {len(START_SEEDS)}"
        sampled = "deterministic" if self._plan.is_deterministic else "sampled"
        acting = f"actions {sampled}"
        run = f"{settings.environment_id}, {settings.algorithm.label}, seed {settings.seed}"
        speed = "" if self._plan.speed == 1 else f" · speed × {self._plan.speed:g}"
        steps = f"{grouped(moment.steps)} steps"
        return (
            f"{run} · policy {update} ({steps}) · {start}, {acting}{speed}",
            f"{settings.environment_id} · {update} ({steps}) · {start}, {acting}{speed}",
            f"{settings.environment_id} · {update} · {start}, {sampled}{speed}",
            f"{update} · {start}, {sampled}",
            update,
        )


def film_of(kept: KeptRun, update: int, plan: FilmPlan) -> Reel:
    """Return a film of a kept run, which plays and paints its frames when it is asked for them.

    Args:
        kept: The run.
        update: The moment after which update it is of, or up to which the run had learnt.
        plan: How it is to be.

    Raises: as `KeptRun.policy_moment` does, also when frames are asked for.
    """
    footage = Footage(kept, update, plan)

    def frames() -> Iterator[Pixels]:
        past = Past(kept)
        painter = FilmPainter(
            plan, past.history(update) if plan.subject is FilmSubject.LEARNING else past.whole
        )
        for shot in footage.shots():
            yield pixels_of(painter.paint(shot))

    return Reel(plan.width, plan.height, plan.frame_rate, footage.n_frames, frames)


def write_film(kind: str, plan: FilmPlan, subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a film of a run.

    Args:
        kind: The id of its format, one of `FILM_KINDS`.
        plan: How it is to be.
        subject: The run, up to a moment, or the moment of which it is.
        fresh: A path at which nothing is.
        progress: Told how much is done; what it raises ends it.

    Raises: as formats do.
    """
    film = film_of(subject.kept, subject.update, plan)

    def frames() -> Iterator[Pixels]:
        for number, pixels in enumerate(film.frames()):
            progress(number / film.n_frames)
            yield pixels

    FILM_WRITERS[kind](fresh, replace(film, frames=frames))


def pixels_of(image: QImage) -> Pixels:
    """Return an image of 32 bits a pixel as numbers, (height, width)."""
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()).copy()
