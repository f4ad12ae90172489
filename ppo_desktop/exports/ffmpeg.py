"""MP4 by the program ffmpeg, where the machine has it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ppo_desktop.ppo.messages import one_line

if TYPE_CHECKING:
    from ppo_desktop.exports.film_files import Pixels, Reel

_NO_FFMPEG = "MP4 needs the program ffmpeg, which is not on the PATH. GIF and WebP need nothing."


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
            process_group=0
            if sys.platform != "win32"
            else None,  # else Ctrl+C ends it, too, and looks like a failure of its own
        )
        try:
            assert process.stdin is not None
            for pixels in reel.frames():
                if not _write(process.stdin, pixels):
                    break
            _close(process.stdin)
            status = process.wait()
            said.seek(0)
            errors = said.read().decode(errors="replace")
            if status or errors.strip():  # on a full disk its status is 0
                raise _what_ffmpeg_says(errors)
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
