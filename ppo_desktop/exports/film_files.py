"""Frames written as a film: GIF and WebP by Pillow, MP4 by the ffmpeg of the machine."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.messages import one_line

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
_NO_FFMPEG = "MP4 needs the program ffmpeg, which is not on the PATH. GIF and WebP need nothing."


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
            rows, columns = _bounds(changed.any(axis=1)), _bounds(changed.any(axis=0))
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


def _bounds(changed: NDArray[np.bool_]) -> slice:
    """Return from the first to the last that has changed, at least one."""
    places = np.flatnonzero(changed)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 1)


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
    """Write a film as WebP that plays for ever; no pixel is changed.

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
            self.seek(0)

        def seek(self, frame: int) -> None:
            if frame > self._at:  # Pillow goes through them once, and back at the end
                self.im, self._at = _image(next(self._frames)).im, frame

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


# ---- MP4 -------------------------------------------------------------------------------------------


def ffmpeg() -> Path | None:
    """Return the program that writes MP4, None where there is none on the PATH."""
    name = "ffmpeg.exe" if sys.platform == "win32" else "ffmpeg"
    folders = (Path(folder) for folder in os.get_exec_path())
    # Never one of the present folder, where Windows would look first.
    found = (folder / name for folder in folders if folder.is_absolute())
    return next((program for program in found if os.access(program, os.X_OK) and program.is_file()), None)


def why_no_mp4() -> str:
    """Return why MP4 cannot be written here, in one line; empty where it can."""
    return "" if ffmpeg() else _NO_FFMPEG


def write_mp4(path: Path, reel: Reel) -> None:
    """Write a film as MP4 (H.264, yuv420p), by an ffmpeg that is given pixels through a pipe.

    Raises:
        OSError: There is no ffmpeg, or it cannot write the film.
    """
    program = ffmpeg()
    if program is None:
        raise OSError(_NO_FFMPEG)
    options = (
        *("-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "rawvideo", "-pixel_format", "bgr0", "-video_size", f"{reel.width}x{reel.height}"),
        *("-framerate", str(reel.frame_rate), "-i", "pipe:0"),
        *("-codec:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-f", "mp4", str(path.absolute())),
    )
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [str(program), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            assert process.stdin is not None
            for pixels in reel.frames():
                if not _write(process.stdin, pixels):
                    break
            _close(process.stdin)
            if process.wait() != 0:
                said.seek(0)
                raise _what_ffmpeg_says(said.read().decode(errors="replace"))
        finally:
            process.kill()  # which does nothing when it is over
            assert process.stdin is not None
            _close(process.stdin)
            process.wait()


def _write(pipe: IO[bytes], pixels: Pixels) -> bool:
    """Give pixels to a program; return whether it still takes them."""
    try:
        pipe.write(pixels.astype("<u4").tobytes())
    except OSError:  # it has ended, and says why
        return False
    return True


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what it did not take is lost with it
        pipe.close()


def _what_ffmpeg_says(text: str) -> OSError:
    """Return why it has failed, in one line."""
    if os.strerror(errno.ENOSPC) in text:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    lines = text.strip().splitlines()
    return OSError(f"ffmpeg says: {one_line(lines[-1])}" if lines else "ffmpeg has failed")
