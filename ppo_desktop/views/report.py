"""Reports with their curves, painted in whatever thread asks for them."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ppo_desktop.bridge.comparison_session import FIRST_COLUMNS
from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.exports.comparison_report import comparison_report
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.markup import Markup, joined, tag
from ppo_desktop.exports.report import run_report
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.runs.history import History
from ppo_desktop.runs.past import Past
from ppo_desktop.views.compare.band_picture import band_picture
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.compare.effect_picture import effect_picture
from ppo_desktop.views.figure import Drawing, Figure, Panel
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.plot_cards import N_SMALL, SMALL_CARDS, column_card
from ppo_desktop.views.run_curves import RunCurves, main_cards, plots_of
from ppo_desktop.views.theme import DARK, LIGHT, Look

_WIDE, _NARROW = 64.0, 38.0
"""Widths of figures, in base font sizes."""
_EFFECT = "Points: seeds. Large: their mean, with its 95 % bootstrap interval when all runs have ended."
_BANDS = "Lines: means over seeds. Bands: 95 % bootstrap intervals of the mean."
_SVG = "{http://www.w3.org/2000/svg}"
_XML = "{http://www.w3.org/XML/1998/namespace}"


def write_run_report(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write the report of a run at a moment as one HTML file.

    Raises: as formats do.
    """
    history = Past(subject.kept).history(subject.update)
    figures = list(in_light_and_dark(lambda look: _run_figures(look, history)))
    progress(0.5)
    fresh.write_text(run_report(subject, history, figures), encoding="utf-8")


def write_comparison_report(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    """Write the report of a comparison as one HTML file."""
    question = Question(FINAL_RETURN, 0, Centre.MEAN, FIRST_COLUMNS)
    digest = Digester(subject.comparison).digest(subject.records, question)
    progress(0.3)
    figures = list(in_light_and_dark(lambda look: _comparison_figures(look, digest)))
    fresh.write_text(comparison_report(subject, digest, figures), encoding="utf-8")


def _comparison_figures(look: Look, digest: Digest) -> list[Figure]:
    """Return the curves of every value, and the results."""
    figures = [_band_figure(look, digest, column) for column in digest.question.columns]
    scale, results = value_scale(digest.question.measure, digest.comparison), digest.asked
    numbers = [
        number
        for result in results
        for number in (result.low, result.high, result.centre, *result.samples.values())
        if math.isfinite(number)
    ]
    if numbers:
        shown = scale.widened(scale.first_range, *scale.to_plot(np.array([min(numbers), max(numbers)])))
        effect = Drawing(
            lambda painter, room: effect_picture(look, room, digest, scale, shown).paint(painter), 0.4
        )
        title = digest.question.measure.label
        figures.insert(0, Figure(look, Panel(look, effect), title, _EFFECT, _WIDE))
    return figures


def _band_figure(look: Look, digest: Digest, column: str) -> Figure:
    card = column_card(column, digest.comparison.environment_id)
    curves = Drawing(lambda painter, room: band_picture(look, room, digest, card, column).paint(painter), 0.3)
    caption = f"{_BANDS} {card.drawing}".rstrip()
    return Figure(look, Panel(look, curves), card.titles[0], caption, _WIDE)


def _run_figures(look: Look, history: History) -> list[Figure]:
    """Return the large plots of a run, then the small ones."""
    large = plots_of(look, main_cards(history), history)
    small = plots_of(look, list(SMALL_CARDS.values())[:N_SMALL], history)
    return [
        *(_plot_figure(look, plot, _WIDE, 0.3) for plot in large),
        *(_plot_figure(look, plot, _NARROW, 0.42) for plot in small),
    ]


def _plot_figure(look: Look, plot: RunCurves, width: float, flatness: float) -> Figure:
    panel = Panel(look, Drawing(lambda painter, room: plot.picture(room).paint(painter), flatness))
    return Figure(look, panel, plot.card.titles[0], plot.card.drawing, width)


def in_light_and_dark(painted: Callable[[Look], Sequence[Figure]]) -> Iterator[Markup]:
    """Yield figures as they stand in a page: each twice, of which one is seen.

    Args:
        painted: Returns them in some colours.
    """
    pairs = zip(painted(Look(LIGHT)), painted(Look(DARK)), strict=True)
    for number, (light, dark) in enumerate(pairs):
        both = (
            _inline(svg_of(light), "light", f"f{number}l-"),
            _inline(svg_of(dark), "dark", f"f{number}d-"),
        )
        yield tag("figure", joined(both), css="wide" if light.width >= _WIDE else "")


def _inline(svg: bytes, css: str, prefix: str) -> Markup:
    """Return an image as a part of a page: without namespaces, and with ids that no other image has."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set(name, prefix + value)
            elif value.startswith("url(#"):
                element.set(name, value.replace("url(#", f"url(#{prefix}"))
            elif name.startswith(_XML):
                del element.attrib[name]
                element.set(f"xml:{name.removeprefix(_XML)}", value)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", css)
    root.set("role", "img")
    return Markup(ElementTree.tostring(root, encoding="unicode"))
