"""Frames written as a film: GIF and WebP by Pillow; MP4 is written by ffmpeg."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.exports.ffmpeg import write_mp4

if TYPE_CHECKING:
    from PIL import Image

Pixels = NDArray[np.uint32]
"""0xffRRGGBB, (height, width)."""
_CLEAR = 255
"""Place in the table of colours of what stays as it was in the frame before."""
_EXACT = 160
"""Colours of the table that are exact."""
_MOST_COLOURS = 8192
"""Of a picture of more they are taken for the same where they are alike."""


@dataclass(frozen=True)
class Reel:
    """A film before it is written.

    Attributes:
        width: Pixels.
        height: Likewise.
        frame_rate: Frames a second.
        n_frames: How many there are.
        frames: Yields so many.
    """

    width: int
    height: int
    frame_rate: int
    n_frames: int
    frames: Callable[[], Iterator[Pixels]]

    @property
    def frame_milliseconds(self) -> int:
        """How long a frame is seen."""
        return round(1000 / self.frame_rate)


# ---- GIF -------------------------------------------------------------------------------------------


def write_gif(path: Path, reel: Reel) -> None:
    """Write a film as GIF that plays for ever, frame by frame.

    Of each frame what has changed is written, in the 255 colours that suit it best.

    Raises:
        OSError: It cannot be written.
    """
    from PIL import GifImagePlugin, Image

    before: Pixels | None = None
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", reel.width, reel.height, 0, 0, 0))
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # again and again
        for pixels in reel.frames():
            changed = np.ones(pixels.shape, bool) if before is None else pixels != before
            changed[0, 0] |= not changed.any()  # of nothing there is no table of colours, as each needs one
            rows, columns = _bounds(changed, 1), _bounds(changed, 0)
            colours, numbers = _few_colours(pixels[changed])
            places = np.full(changed.shape, _CLEAR, np.uint8)
            places[changed] = numbers
            places = places[rows, columns]
            part = Image.frombytes("P", (places.shape[1], places.shape[0]), places.tobytes())
            part.putpalette(_image(colours[None, :]).tobytes())
            for block in GifImagePlugin.getdata(
                part,
                (columns.start, rows.start),
                duration=reel.frame_milliseconds,
                transparency=_CLEAR,
                disposal=1,
                include_color_table=True,
            ):
                file.write(block)
            before = pixels
        file.write(b";")


def _bounds(changed: NDArray[np.bool_], axis: int) -> slice:
    """Return from the first to the last row (axis 1) or column (0) that has changed."""
    places = np.flatnonzero(changed.any(axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)


def _few_colours(pixels: Pixels) -> tuple[Pixels, NDArray[np.uint8]]:
    """Return at most 255 colours for some pixels, (n,), and the number of the one that each has, (n,).

    The most frequent ones are exact; all others take the nearest there is.
    """
    colours, places, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    if len(colours) > _MOST_COLOURS:
        colours, places, counts = np.unique(pixels & 0xFFF8F8F8, return_inverse=True, return_counts=True)
    if len(colours) <= _CLEAR:
        return colours, places.astype(np.uint8)
    frequent = colours[np.argsort(counts)[-_EXACT:]]
    between = np.asarray(_image(colours[None, :]).quantize(_CLEAR - _EXACT).convert("RGB"), np.uint32)
    red, green, blue = between[0].T
    few = np.concatenate([frequent, np.unique(0xFF000000 | red << 16 | green << 8 | blue)])
    nearest = _distances(colours, few).argmin(axis=1)
    return few.astype(np.uint32), nearest[places].astype(np.uint8)


def _distances(colours: Pixels, few: Pixels) -> NDArray[np.float32]:
    """Return the squares of distances between colours but for what is the same for all few, (n, m)."""
    ours, theirs = (
        np.stack([all >> shift & 0xFF for shift in (16, 8, 0)], axis=1).astype(np.float32)
        for all in (colours, few)
    )
    distances: NDArray[np.float32] = (theirs**2).sum(axis=1) - 2 * ours @ theirs.T
    return distances


def _image(pixels: Pixels) -> Image.Image:
    """Return pixels as Pillow has them."""
    from PIL import Image

    height, width = pixels.shape
    return Image.frombytes("RGB", (width, height), pixels.astype("<u4").tobytes(), "raw", "BGRX")


# ---- WebP ------------------------------------------------------------------------------------------


def write_webp(path: Path, reel: Reel) -> None:
    """Write a film as WebP that plays for ever; no pixel is changed, but for one where all are as before.

    Such a frame would be left out: one of its pixels has another blue, by the least there is.

    Raises:
        OSError: It cannot be written.
    """
    from PIL import Image

    class Frames(Image.Image):
        """A film as Pillow reads one: frame by frame, each when it comes to it."""

        def __init__(self) -> None:
            super().__init__()
            self._mode, self._size = "RGB", (reel.width, reel.height)
            self.n_frames = reel.n_frames
            self._frames, self._at = reel.frames(), -1
            self._before: Pixels | None = None
            self.seek(0)

        def seek(self, frame: int) -> None:
            if frame <= self._at:  # Pillow goes through them once, and back at the end
                return
            pixels = next(self._frames)
            if self._before is not None and np.array_equal(pixels, self._before):
                pixels = pixels.copy()
                pixels[0, 0] ^= 1
            self.im, self._at, self._before = _image(pixels).im, frame, pixels

        def tell(self) -> int:
            return self._at

    with path.open("wb") as file:
        Frames().save(
            file,
            "WEBP",
            save_all=True,
            duration=reel.frame_milliseconds,
            loop=0,
            lossless=True,
            quality=20,  # how hard it tries to make it small
            method=1,
            kmin=0,  # no frame is written whole but the first
            kmax=0,
        )


FILM_WRITERS: dict[str, Callable[[Path, Reel], None]] = {
    "gif": write_gif,
    "webp": write_webp,
    "mp4": write_mp4,
}
"""{id of a kind of film: writes one; it may raise OSError}."""
