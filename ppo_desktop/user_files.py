"""Where the program writes: `PPO_DESKTOP_HOME` moves everything, else the system's usual folders."""

from __future__ import annotations

import faulthandler
import logging
import os
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

APPLICATION = "ppo-desktop"
LARGEST_LOG = 1_000_000
KEPT_LOGS = 3
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SOME_BYTES = 100_000
"""A disk with no room for these is full."""

_log = logging.getLogger(__name__)


class NoHome(Exception):
    """There is no folder in which anything could be kept; the message is one line and says what to do."""


def settle_home() -> None:
    """Have files belong to the same folders, wherever the working folder is from now on, or raise NoHome."""
    check_home()
    if home := _home():
        os.environ["PPO_DESKTOP_HOME"] = str(home)
    # PyTorch makes a folder for what it might compile, usually among the system's temporary ones.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "pytorch"))


def check_home() -> None:
    """Raise NoHome unless the system knows where files of this user belong, and their names are UTF-8."""
    chosen = os.environ.get("PPO_DESKTOP_HOME")
    advice = "set PPO_DESKTOP_HOME to a folder in which settings, studies and the log can be kept."
    try:
        paths = (settings_file(), log_file(), cache_folder(), _data_folder())
    except RuntimeError:
        problem = (
            f"PPO_DESKTOP_HOME is {chosen}: no such user is known" if chosen else "No home folder is known"
        )
        raise NoHome(f"{problem}; {advice}") from None
    for path in paths:
        if not is_utf8(str(path)):  # databases and JSON could not name it
            raise NoHome(f"The name of the folder {str(path.parent)!a} is not UTF-8: {advice}")


def is_utf8(text: str) -> bool:
    """Return whether `text` is all characters: a name from outside may hold other bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def settings_file() -> Path:
    """Return the file of the window's settings; its folder need not exist yet."""
    folder = _home() or platformdirs.user_config_path(APPLICATION, appauthor=False)
    return folder / "settings.json"


def log_file() -> Path:
    """Return the file the program logs into; its folder need not exist yet."""
    home = _home()
    folder = home / "logs" if home else platformdirs.user_log_path(APPLICATION, appauthor=False)
    return folder / "ppo-desktop.log"


def cache_folder() -> Path:
    """Return the folder of what can be made again at any time; it need not exist yet."""
    home = _home()
    return home / "cache" if home else platformdirs.user_cache_path(APPLICATION, appauthor=False)


def runs_folder() -> Path:
    """Return the folder in which runs are kept; it need not exist yet."""
    return _data_folder() / "runs" / "training"


def lesson_runs_folder() -> Path:
    """Return the folder of the runs that play in lessons, which are kept for a while; it need not exist."""
    return cache_folder() / "lessons"


def answers_file() -> Path:
    """Return the file of what a pupil has answered in lessons; its folder need not exist yet."""
    return _data_folder() / "answers.json"


def comparisons_folder() -> Path:
    """Return the folder in which comparisons are kept; it need not exist yet."""
    return _data_folder() / "runs" / "comparisons"


def studies_folder() -> Path:
    """Return the folder in which studies are kept; it need not exist yet."""
    return _data_folder() / "studies"


def what_will_not_be_kept() -> str:
    """Return which folder cannot be written and why, on one line; empty if all can."""
    for folder in (
        settings_file().parent,
        runs_folder(),
        comparisons_folder(),
        studies_folder(),
        cache_folder(),
    ):
        if problem := why_not_writable(folder):
            return f"Nothing will be kept in {folder}, which cannot be written: {problem}."
    return ""


def why_not_writable(folder: Path) -> str:
    """Make a folder and a file in it that does not stay; return why that fails, or an empty text."""
    from tempfile import TemporaryFile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(_SOME_BYTES))
            return ""
    except OSError as error:
        return error.strerror or str(error)


def start_logging() -> logging.Handler:
    """Send what the program logs to `log_file`, or to the terminal where no file can be written.

    The log is bounded: `KEPT_LOGS` old files of `LARGEST_LOG` bytes are kept. Return the handler added.
    """
    problem: OSError | None = None
    handler: logging.Handler
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = _Log(log_file(), maxBytes=LARGEST_LOG, backupCount=KEPT_LOGS, encoding="utf-8")
        handler.setFormatter(logging.Formatter(_LINE))
    except OSError as error:
        handler, problem = logging.StreamHandler(), error
        handler.setFormatter(_OneLine())
    logging.raiseExceptions = False  # a disk that is full is said in the window, not with every line
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    if problem:
        _log.warning("No log file can be written (%s); logging to the terminal instead.", problem)
    return handler


def write_down_crashes() -> None:
    """Have it written beside the log what each thread was doing when the program crashes."""
    with suppress(OSError):
        faulthandler.enable(log_file().with_name("crash.log").open("a", encoding="utf-8"))


class _Log(RotatingFileHandler):
    def doRollover(self) -> None:  # noqa: N802  (the name is logging's)
        """Begin a new file; where Windows refuses that, for another window has this one open, go on in it."""
        if self.stream:
            self.stream.close()
        try:
            Path(self.baseFilename).rename(self.baseFilename)  # or older files would be renamed for nothing
        except OSError:
            self.stream = self._open()
        else:
            super().doRollover()


class _OneLine(logging.Formatter):
    """For terminals: of an error only what it says."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        return f"{line}: {error}" if error else line


def _data_folder() -> Path:
    return _home() or platformdirs.user_data_path(APPLICATION, appauthor=False)


def _home() -> Path | None:
    home = os.environ.get("PPO_DESKTOP_HOME")
    return Path(home).expanduser().absolute() if home else None
