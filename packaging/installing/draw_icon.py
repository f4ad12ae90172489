"""Draws an SVG in several sizes into one icon file for Windows.

Run as a program, by an interpreter that has PySide6: draw_icon.py PICTURE.svg ICON.ico
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""What Windows shows at 100 to 200 %, from the title bar to the largest symbols of a folder."""


def draw(svg: QSvgRenderer, size: int) -> bytes:
    """Return the picture as a PNG of `size` × `size` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    svg.render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, PySide does not
    return bytes(content.data())


def icon(pictures: Mapping[int, bytes]) -> bytes:
    """Return the icon file that has these PNGs by their sizes."""
    entries, contents = b"", b""
    start = 6 + 16 * len(pictures)
    for size, png in pictures.items():
        side = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), start + len(contents))
        contents += png
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + contents


if __name__ == "__main__":
    renderer = QSvgRenderer(sys.argv[1])
    if not renderer.isValid():
        sys.exit(f"{sys.argv[1]} is no picture that can be drawn.")
    Path(sys.argv[2]).write_bytes(icon({size: draw(renderer, size) for size in SIZES}))
