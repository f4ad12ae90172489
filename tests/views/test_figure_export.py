"""A figure shows what the window shows, as an image and as lines and text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyqtgraph as pg
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ppo_desktop.comparison.summary import Band
from ppo_desktop.views.compare.band_plot import BandPlot
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image, save_png, save_svg, svg_of
from ppo_desktop.views.plot_cards import column_card
from ppo_desktop.views.theme import Appearance, Theme
from tests.widgets import lay_out

SVG = "{http://www.w3.org/2000/svg}"
TITLE, CAPTION = "Clip range on CartPole", "CartPole-v1 · seeds 1–3"
CURVE = "#d55e00"
BLUE = "#0000ff"


@pytest.fixture
def results(qtbot: QtBot, theme: Theme) -> QWidget:
    """A label above a plot with a curve, and a line that goes far beyond the plot's range."""
    widget = QWidget()
    widget.setObjectName("page")
    qtbot.addWidget(widget)
    layout = QVBoxLayout(widget)
    layout.addWidget(QLabel("Effect"))
    plot = pg.PlotWidget(background=None)
    plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    plot.plot([0, 1], [0.2, 0.8], pen=pg.mkPen(CURVE, width=2), antialias=True)
    plot.plot([0.5, 0.5], [0.5, 1.02], pen=pg.mkPen(BLUE, width=2), antialias=True)
    layout.addWidget(plot)
    widget.resize(400, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def pixels(image: QImage) -> NDArray[np.int64]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)


def drawn_back(path: Path, like: QImage) -> QImage:
    """Draw a file as large as an image."""
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(like.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image


def near(image: QImage, colour: str) -> NDArray[np.bool_]:
    wanted = QColor(colour)
    distance = np.abs(pixels(image) - [wanted.red(), wanted.green(), wanted.blue()]).sum(axis=2)
    return np.asarray(distance < 60)


def words_of(path: Path) -> str:
    """Return all words of an SVG."""
    texts = ElementTree.parse(path).getroot().iter(f"{SVG}text")
    return " ".join("".join(text.itertext()) for text in texts)


def test_an_image_has_twice_the_windows_resolution_and_room_for_title_and_caption(
    results: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "figure.png"
    save_png(Figure(results, TITLE, CAPTION), path)
    image = QImage(str(path))
    assert image.width() == 2 * results.width()
    assert image.height() > 2 * results.height()
    background = QImage(image)
    background.fill(image.pixelColor(0, 0))
    is_ink = np.abs(pixels(image) - pixels(background)).sum(axis=2) > 200
    above, below = is_ink[:40], is_ink[-40:]
    assert above.any()
    assert below.any()
    assert is_ink[:, -4:].sum() == 0


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_lines_and_text_of_an_svg_are_those_of_the_image(
    results: QWidget, theme: Theme, tmp_path: Path, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    figure = Figure(results, TITLE, CAPTION)
    path = tmp_path / "figure.svg"
    save_svg(figure, path)
    image = figure_image(figure)
    back = drawn_back(path, image)
    assert image.pixelColor(2, 2) == back.pixelColor(2, 2) == theme.colour("window")
    assert np.abs(pixels(image) - pixels(back)).mean() < 4
    assert near(back, "#000000").sum() <= near(image, "#000000").sum() + 100  # no frame that was not there
    assert near(back, CURVE).sum() == pytest.approx(near(image, CURVE).sum(), rel=0.1)


def test_an_svg_has_shapes_and_words_and_names_a_font_everybody_has(results: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    save_svg(Figure(results, TITLE, CAPTION), path)
    root = ElementTree.parse(path).getroot()
    words = words_of(path)
    for word in ("Clip range", "CartPole-v1", "Effect", "0.2"):
        assert word in words
    family = results.font().family()
    assert f'font-family="{family}, sans-serif"' in path.read_text(encoding="utf-8")
    assert root.find(f"{SVG}title").text == TITLE  # type: ignore[union-attr]


def test_what_lies_beyond_a_plots_range_is_not_drawn_over_its_surroundings(
    results: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "figure.svg"
    save_svg(Figure(results, TITLE, CAPTION), path)
    root = ElementTree.parse(path).getroot()
    clips = {clip.get("id"): clip for clip in root.iter(f"{SVG}clipPath")}
    (clip_of_line,) = {
        clips[clipped.get("clip-path", "")[len("url(#") : -1]]
        for clipped in root.iter(f"{SVG}g")
        if clipped.get("clip-path") and any(part.get("stroke") == BLUE for part in clipped.iter())
    }
    (shape,) = clip_of_line
    corners = re.findall(r"[ML]([-\d.]+),([-\d.]+)", shape.get("d", ""))
    plot = results.findChild(pg.PlotWidget)
    range_shown = plot.getViewBox().sceneBoundingRect()
    assert min(float(y) for _, y in corners) == pytest.approx(range_shown.top(), abs=1)
    assert max(float(x) for x, _ in corners) == pytest.approx(range_shown.right(), abs=1)


def test_a_figure_has_curves_of_its_own_resolution_and_not_those_of_the_window(
    qtbot: QtBot, theme: Theme
) -> None:
    plot = BandPlot(theme, "plot", QLabel("Return"), column_card("return", "CartPole-v1"), small=False)
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    steps = np.linspace(10.0, 1000.0, 100)
    band = Band(steps, 200 + 100 * np.sin(steps / 30), steps * np.nan, steps * np.nan, np.empty((0, 100)))
    plot.plot.set_steps_range(0.0, 1000.0)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.draw([band], [()], with_seeds=False)
    plot.grab()  # from here on the window's picture of the curve is kept
    colour = variant_style(0, 1).colour(theme).name()
    figure = Figure(plot, TITLE, CAPTION)
    image = figure_image(figure)
    assert b"<image" not in svg_of(figure)
    rows = pixels(image)
    is_curve = near(image, colour)
    upscaled = (rows[0:-1:2] == rows[1::2]).all(axis=2)[: is_curve.shape[0] // 2]
    curve = is_curve[0:-1:2] | is_curve[1::2]
    assert curve.sum() > 200
    assert upscaled[curve].mean() < 0.7
    assert plot.curves.cacheMode() is pg.GraphicsObject.CacheMode.DeviceCoordinateCache


def test_controls_are_no_part_of_a_figure_but_what_is_chosen_is(
    results: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    button, combo = QPushButton("Copy as CSV"), QComboBox()
    combo.addItems(["final return", "steps until solved"])
    for control in (button, combo):
        results.layout().addWidget(control)
    qtbot.waitUntil(combo.isVisible)
    lay_out()
    before = results.grab().toImage()
    save_svg(Figure(results, TITLE, CAPTION), tmp_path / "figure.svg")
    words = words_of(tmp_path / "figure.svg")
    assert "final return" in words
    assert "Copy as CSV" not in words
    place = combo.geometry()
    image = figure_image(Figure(results, TITLE, CAPTION), 1.0)
    top = round(Figure(results, TITLE, CAPTION).above)
    border = [image.pixelColor(x, top + place.top()) for x in range(place.left(), place.right())]
    assert set(map(QColor.name, border)) == {image.pixelColor(2, 2).name()}
    assert results.grab().toImage() == before


class Focusable(QWidget):
    """Notes whether it has the focus when it is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted_with_focus: list[bool] = []
        self.setFixedHeight(20)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted_with_focus.append(self.hasFocus())


def test_what_has_the_focus_is_drawn_without_and_has_it_again_afterwards(
    results: QWidget, qtbot: QtBot
) -> None:
    part = Focusable()
    results.layout().addWidget(part)
    results.activateWindow()
    part.setFocus()
    qtbot.waitUntil(lambda: part.hasFocus() and bool(part.painted_with_focus))
    part.painted_with_focus.clear()
    figure_image(Figure(results, TITLE, CAPTION))
    assert part.painted_with_focus == [False]
    assert part.hasFocus()


def test_what_scrolls_in_the_window_is_whole_in_a_figure_and_scrolled_as_before_afterwards(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    words = QLabel("\n".join(f"Sentence {n}" for n in range(40)))
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(words)
    splitter = QSplitter(Qt.Orientation.Vertical)
    qtbot.addWidget(splitter)
    splitter.addWidget(QLabel("Above"))
    splitter.addWidget(area)
    splitter.resize(300, 260)
    with qtbot.waitExposed(splitter):
        splitter.show()
    area.verticalScrollBar().setValue(30)
    before, sizes = splitter.grab().toImage(), splitter.sizes()
    figure = Figure(splitter, TITLE, CAPTION)
    image = figure_image(figure, 1.0)
    assert image.height() >= figure.above + words.sizeHint().height()
    right = {image.pixelColor(image.width() - 4, row).name() for row in range(100, image.height() - 60)}
    assert len(right) == 1  # no scroll bar
    save_svg(figure, tmp_path / "figure.svg")
    assert "Sentence 39" in words_of(tmp_path / "figure.svg")
    assert (splitter.sizes(), area.verticalScrollBar().value()) == (sizes, 30)
    lay_out()
    assert splitter.grab().toImage() == before


def test_the_window_is_drawn_as_before_afterwards(results: QWidget, tmp_path: Path) -> None:
    before = results.grab().toImage()
    save_svg(Figure(results, TITLE, CAPTION), tmp_path / "figure.svg")
    assert results.grab().toImage() == before


@pytest.mark.parametrize("save", [save_png, save_svg])
def test_where_nothing_can_be_written_the_system_says_so(results, tmp_path, save):
    with pytest.raises(OSError, match="No such file"):
        save(Figure(results, TITLE, CAPTION), tmp_path / "missing" / "figure")
