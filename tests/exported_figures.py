"""Figures exported in every way there is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrinter

from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import paint_on, save_png, save_svg


def assert_exported_three_ways(figure: Figure, folder: Path) -> str:
    """Let a figure be an image, lines and text, and a printed page; return the second."""
    png, svg, pdf = (folder / f"figure.{suffix}" for suffix in ("png", "svg", "pdf"))
    save_png(figure, png)
    assert QImage(str(png)).size() == 2 * figure.size
    save_svg(figure, svg)
    written = svg.read_text(encoding="utf-8")
    assert figure.title in written
    assert written.count("<text") > 5
    assert any(drawn in written for drawn in ("<polyline", "<path", "<rect"))
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(pdf))
    paint_on(printer, figure)
    # Words are as large beside lines as on the screen.
    assert printer.resolution() == round(QGuiApplication.primaryScreen().logicalDotsPerInch())
    assert b"/FontFile" in pdf.read_bytes()  # words are words on paper, too
    return written
