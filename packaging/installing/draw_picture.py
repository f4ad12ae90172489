"""Draws an SVG as an icon for Windows or macOS, in several sizes in one file, or as a bitmap.

Run as a program, by an interpreter that has PySide6: draw_picture.py PICTURE.svg ICON.ico (or .icns, or .bmp)
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""What Windows shows at 100 to 200 %, from the title bar to the largest symbols of a folder."""
SIZES_OF_MACOS = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic07": 128,
    b"ic08": 256,
    b"ic09": 512,
    b"ic10": 1024,
    b"ic11": 32,
    b"ic12": 64,
    b"ic13": 256,
    b"ic14": 512,
}
"""{kind of picture: its pixels}; some kinds are others at double resolution."""


def paint(svg: QSvgRenderer, size: QSize) -> QImage:
    """Return the picture in a size, on nothing."""
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    svg.render(painter)
    painter.end()
    return image


def encode(image: QImage, kind: str) -> bytes:
    """Return the file of a kind that holds the image."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind)  # type: ignore[call-overload]  # the stubs want bytes, PySide does not
    return bytes(content.data())


def png(svg: QSvgRenderer, side: int) -> bytes:
    """Return the picture as a PNG of `side` × `side` pixels."""
    return encode(paint(svg, QSize(side, side)), "PNG")


def bmp(svg: QSvgRenderer) -> bytes:
    """Return a bitmap of the size that the picture says."""
    return encode(paint(svg, svg.defaultSize()).convertToFormat(QImage.Format.Format_RGB888), "BMP")


def ico(svg: QSvgRenderer) -> bytes:
    """Return an icon file for Windows."""
    entries, contents = b"", b""
    start = 6 + 16 * len(SIZES)
    for size in SIZES:
        content = png(svg, size)
        side = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(content), start + len(contents))
        contents += content
    return struct.pack("<HHH", 0, 1, len(SIZES)) + entries + contents


def icns(svg: QSvgRenderer) -> bytes:
    """Return an icon file for macOS."""
    pictures = {kind: png(svg, size) for kind, size in SIZES_OF_MACOS.items()}
    contents = b"".join(
        kind + struct.pack(">I", 8 + len(content)) + content for kind, content in pictures.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(contents)) + contents


FORMATS: Mapping[str, Callable[[QSvgRenderer], bytes]] = {".ico": ico, ".icns": icns, ".bmp": bmp}


if __name__ == "__main__":
    renderer = QSvgRenderer(sys.argv[1])
    if not renderer.isValid():
        sys.exit(f"{sys.argv[1]} is no picture that can be drawn.")
    file = Path(sys.argv[2])
    file.write_bytes(FORMATS[file.suffix](renderer))
