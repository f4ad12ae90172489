"""How a film of a run is to be: chosen, and checked, before anything of it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ppo_desktop.exports.ffmpeg import why_no_mp4
from ppo_desktop.ppo.labelled import Labelled

FEWEST_PIXELS, MOST_PIXELS = 64, 3840
"""Along one side of a film."""
MOST_SECONDS = 120
FRAME_RATES = (10, 20, 25, 50)
"""Frames a second that every format plays exactly: GIF counts hundredths of a second."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""How many times as fast as it looks natural."""
N_STARTS = 100
"""Start states there are, those of `evaluation.START_SEEDS`."""


@dataclass(frozen=True)
class FilmKind:
    """A kind of file for films.

    Attributes:
        label: What it is called.
        suffix: Of its names.
        why_not: Returns why it cannot be written here, in one line; empty where it can.
    """

    label: str
    suffix: str
    why_not: Callable[[], str] = str


FILM_KINDS = {
    "gif": FilmKind("GIF", ".gif"),
    "webp": FilmKind("WebP", ".webp"),
    "mp4": FilmKind("MP4", ".mp4", why_no_mp4),
}
"""{id: kind of file}."""


class FilmSubject(Labelled):
    """What a film is of."""

    LEARNING = "learning", "How it learned"
    EPISODE = "episode", "One episode"


@dataclass(frozen=True)
class FilmPlan:
    """How a film is to be.

    Attributes:
        subject: What it is of.
        width: Pixels, an even number, as is the height.
        height: Likewise.
        frame_rate: Frames a second.
        seconds: How long it is; of one episode, how long at most.
        speed: How many times as fast as it looks natural the environment goes.
        has_plots: Whether curves grow beside the environment.
        is_deterministic: Whether always the most probable action is taken, instead of one that is drawn.
        start: From which of the start states an episode begins, from 1.
        is_dark: Whether it has the colours for the dark.

    Raises:
        ValueError: It cannot be so; the message is one line.
    """

    subject: FilmSubject = FilmSubject.LEARNING
    width: int = 1280
    height: int = 720
    frame_rate: int = 25
    seconds: float = 10.0
    speed: float = 1.0
    has_plots: bool = True
    is_deterministic: bool = False
    start: int = 1
    is_dark: bool = False

    def __post_init__(self) -> None:
        if not all(FEWEST_PIXELS <= side <= MOST_PIXELS and side % 2 == 0 for side in self.size):
            raise ValueError(
                f"A film's sides are even numbers of pixels from {FEWEST_PIXELS} to {MOST_PIXELS}, "
                f"not {self.width}x{self.height}."
            )
        if self.frame_rate not in FRAME_RATES:
            rates = ", ".join(map(str, FRAME_RATES))
            raise ValueError(f"A film has {rates} frames a second, not {self.frame_rate}.")
        if not 1 / self.frame_rate <= self.seconds <= MOST_SECONDS:
            raise ValueError(f"A film takes up to {MOST_SECONDS} seconds, not {self.seconds:g}.")
        if not SPEEDS[0] <= self.speed <= SPEEDS[-1]:
            raise ValueError(f"The speed is from {SPEEDS[0]:g} to {SPEEDS[-1]:g}, not {self.speed:g}.")
        if not 1 <= self.start <= N_STARTS:
            raise ValueError(f"There are start states 1 to {N_STARTS}, not {self.start}.")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def n_frames(self) -> int:
        """How many frames there are at most."""
        return max(1, round(self.seconds * self.frame_rate))

    @property
    def flags(self) -> tuple[str, ...]:
        """What tells `ppo-desktop runs export` to make such a film."""
        switches = {
            "--no-plots": not self.has_plots,
            "--deterministic": self.is_deterministic,
            "--dark": self.is_dark,
        }
        return (
            f"--film={self.subject.value}",
            f"--size={self.width}x{self.height}",
            f"--fps={self.frame_rate}",
            f"--seconds={self.seconds!r}",
            f"--speed={self.speed!r}",
            f"--start={self.start}",
            *(flag for flag, is_on in switches.items() if is_on),
        )
