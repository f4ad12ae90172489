"""A figure shows what its parts show, as an image and as lines and text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from ppo_desktop.comparison.summary import Band
from ppo_desktop.views.compare.band_headers import ColumnHeader
from ppo_desktop.views.compare.band_plot import BandPlot
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.figure import Below, Beside, Drawing, Figure, Grid, Panel, Part, Text
from ppo_desktop.views.figure_export import figure_image, save_png, save_svg, svg_of
from ppo_desktop.views.plot_cards import column_card
from ppo_desktop.views.theme import Appearance, Theme

SVG = "{http://www.w3.org/2000/svg}"
TITLE, CAPTION = "Clip range on CartPole", "CartPole-v1 · seeds 1–3"
CURVE = "#d55e00"


def diagonal(painter: QPainter, room: QRectF) -> None:
    painter.setPen(QPen(QColor(CURVE), 2.0))
    painter.drawLine(room.bottomLeft(), room.topRight())


@pytest.fixture
def figure(theme: Theme) -> Figure:
    """Words beside a line, above a table."""
    style = variant_style(0, 1)
    words = Text(theme, "no difference can be seen " * 9, marker=style)
    table = Grid(theme, [("ε", "0.10"), ("Return,\nlast 20 %", "476.7")], [style])
    parts = Below([Beside([Drawing(diagonal, share=0.5), words]), table])
    return Figure(theme, Panel(theme, parts), TITLE, CAPTION)


@pytest.fixture
def plot(qtbot: QtBot, theme: Theme) -> BandPlot:
    """A curve in a window's plot, in which it goes on beyond the steps shown."""
    header = ColumnHeader(theme, 2)
    plot = BandPlot(theme, "plot", header, column_card("return", "CartPole-v1"))
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    steps = np.linspace(10.0, 1000.0, 100)
    band = Band(steps, 200 + 100 * np.sin(steps / 30), steps * np.nan, steps * np.nan, np.empty((0, 100)))
    plot.plot.set_steps_range(0.0, 500.0)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.draw([band], [()], with_seeds=False)
    return plot


def pixels(image: QImage) -> NDArray[np.int64]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)


def near(image: QImage, colour: str) -> NDArray[np.bool_]:
    wanted = QColor(colour)
    distance = np.abs(pixels(image) - [wanted.red(), wanted.green(), wanted.blue()]).sum(axis=2)
    return np.asarray(distance < 60)


def drawn_back(svg: bytes, like: QImage) -> QImage:
    """Draw a file as large as an image."""
    renderer = QSvgRenderer(svg)
    assert renderer.isValid()
    image = QImage(like.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_lines_and_text_of_an_svg_are_those_of_the_image(
    figure: Figure, theme: Theme, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    image = figure_image(figure)
    back = drawn_back(svg_of(figure), image)
    assert image.size() == 2 * figure.size
    assert image.pixelColor(2, 2) == back.pixelColor(2, 2) == theme.colour("window")
    assert np.abs(pixels(image) - pixels(back)).mean() < 4
    assert near(back, CURVE).sum() == pytest.approx(near(image, CURVE).sum(), rel=0.1)


def test_an_svg_has_words_a_title_and_names_a_font_everybody_has(figure: Figure, theme: Theme) -> None:
    svg = svg_of(figure)
    root = ElementTree.fromstring(svg)
    words = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    for word in ("Clip range", "CartPole-v1", "no difference", "last 20 %", "476.7"):
        assert word in words
    assert f'font-family="{theme.font().family()}, sans-serif"'.encode() in svg
    assert b"<image" not in svg
    assert root.find(f"{SVG}title").text == TITLE  # type: ignore[union-attr]


def parts_of(figure: Figure) -> tuple[Part, Part, Part]:
    assert isinstance(figure.part, Panel)
    assert isinstance(figure.part.part, Below)
    beside, table = figure.part.part.parts
    assert isinstance(beside, Beside)
    return (*beside.parts, table)  # type: ignore[return-value]


def test_words_take_as_many_lines_as_they_need_and_no_part_reaches_into_another(figure: Figure) -> None:
    line, words, table = parts_of(figure)
    assert words.height(150) > 2 * words.height(600)
    both = Beside([line, words])
    assert both.height(400) == max(line.height(196), words.height(196))
    assert Below([both, table]).height(400) == pytest.approx(both.height(400) + table.height(400), abs=20)


def test_a_table_that_is_too_wide_is_smaller(figure: Figure, theme: Theme) -> None:
    *_, table = parts_of(figure)
    for width in (400, 60):
        image = QImage(500, 80, QImage.Format.Format_RGB32)
        image.fill(theme.colour("card"))
        painter = QPainter(image)
        table.paint(painter, QRectF(0, 0, width, 80))
        painter.end()
        ink = np.abs(pixels(image) - pixels(image)[-1, -1]).sum(axis=2) > 100
        assert ink[:, : width + 1].any()
        assert not ink[:, width + 1 :].any()


def test_a_curve_has_the_figures_resolution_and_ends_where_its_plot_ends(
    plot: BandPlot, theme: Theme
) -> None:
    plot.grab()  # from here on the window's picture of the curve is kept
    figure = Figure(theme, plot.part(), TITLE, CAPTION)
    svg = svg_of(figure)
    assert b"<image" not in svg
    curve = near(drawn_back(svg, figure_image(figure)), variant_style(0, 1).colour(theme).name())
    assert curve.sum() > 200
    assert not curve[:, -56:].any()
    assert plot.curves.cacheMode() is plot.curves.CacheMode.DeviceCoordinateCache


@pytest.mark.parametrize("width", [40.0, 110.0])
def test_words_of_a_plot_are_as_large_as_all_others_however_wide_the_figure_is(
    plot: BandPlot, theme: Theme, width: float
) -> None:
    shown, ticks = plot.plot.plotItem.geometry(), plot.plot.ticks
    svg = svg_of(Figure(theme, plot.part(Text(theme, "Return")), TITLE, CAPTION, width))
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    written = [group.attrib["transform"] for group in groups if group.find(f"{SVG}text") is not None]
    assert len(written) > 3
    assert all(transform.startswith("matrix(1,0,0,1,") for transform in written)
    assert (plot.plot.plotItem.geometry(), plot.plot.ticks) == (shown, ticks)


@pytest.mark.parametrize("save", [save_png, save_svg])
def test_where_nothing_can_be_written_the_system_says_so(figure, tmp_path, save):
    with pytest.raises(OSError, match="No such file"):
        save(figure, tmp_path / "missing" / "figure")
