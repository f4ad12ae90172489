"""Icons for Windows and macOS, drawn from the picture that Linux takes as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QImageReader

from installing import draw_picture
from installing.target import CHECKOUT

PICTURE = CHECKOUT / "resources" / "icons" / "ppo-desktop.svg"


@pytest.mark.parametrize(("name", "largest"), [("app.ico", 256), ("app.icns", 1024)])
def test_an_icon_has_the_picture_in_every_size_its_system_shows(
    tmp_path: Path, name: str, largest: int
) -> None:
    file = tmp_path / name
    subprocess.run([sys.executable, draw_picture.__file__, PICTURE, file], check=True, timeout=60)
    reader = QImageReader(str(file))
    sizes = set()
    for number in range(reader.imageCount()):
        reader.jumpToImage(number)
        image = reader.read()
        sizes.add(image.width())
        middle = image.pixelColor(image.width() // 2, image.height() // 2)
        assert middle.alpha() == 255, "something is drawn"
    assert {16, 32, 64, 128, 256} <= sizes
    assert max(sizes) == largest


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    file.write_text("no picture")
    command = [sys.executable, draw_picture.__file__, str(file), str(tmp_path / "app.ico")]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode
    assert not (tmp_path / "app.ico").exists()


def test_a_bitmap_has_the_size_that_its_picture_says_and_fills_it(tmp_path: Path) -> None:
    file = tmp_path / "wizard.bmp"
    picture = Path(draw_picture.__file__).with_name("windows_sources") / "wizard.svg"
    subprocess.run([sys.executable, draw_picture.__file__, picture, file], check=True, timeout=60)
    image = QImage(str(file))
    assert (image.width(), image.height()) == (164, 314), "as the installer shows it"
    corners = {image.pixelColor(x, y).name() for x in (0, 163) for y in (0, 313)}
    assert not corners & {"#000000", "#ffffff"}, "it is painted to its edges"
