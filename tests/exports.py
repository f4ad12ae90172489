"""Figures exported in every way there is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter

from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import paint_on, save_png, save_svg


def assert_exported_three_ways(figure: Figure, folder: Path) -> str:
    """Let a figure be an image, lines and text, and a printed page; return the second."""
    png, svg, pdf = (folder / f"figure.{suffix}" for suffix in ("png", "svg", "pdf"))
    save_png(figure, png)
    assert QImage(str(png)).width() == 2 * figure.widget.width()
    save_svg(figure, svg)
    written = svg.read_text(encoding="utf-8")
    assert figure.title in written
    assert written.count("<text") > 5
    assert written.count("<polyline") + written.count("<path") > 5
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(pdf))
    with figure.laid_out():
        paint_on(printer, figure)
    assert printer.resolution() == figure.widget.logicalDpiX()  # words are as large beside lines as on screen
    assert b"/FontFile" in pdf.read_bytes()  # words are words on paper, too
    return written
