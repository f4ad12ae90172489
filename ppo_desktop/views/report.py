"""Reports with their curves, painted in whatever thread asks for them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.markup import Markup, joined, tag
from ppo_desktop.exports.report import run_report
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.runs.history import History
from ppo_desktop.runs.past import Past
from ppo_desktop.views.figure import Drawing, Figure, Panel
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.plot_cards import N_SMALL, SMALL_CARDS
from ppo_desktop.views.run_curves import RunCurves, main_cards, plots_of
from ppo_desktop.views.theme import DARK, LIGHT, Look

_WIDE, _NARROW = 64.0, 38.0
"""Widths of figures, in base font sizes."""
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
