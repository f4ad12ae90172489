"""All formats that need no window, in the order in which menus and the command line list them.

They are known at once; what writes one is loaded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppo_desktop.exports.format import Format, Progress

if TYPE_CHECKING:
    from ppo_desktop.exports.comparisons import ExportedComparison
    from ppo_desktop.exports.samples import ExportedSamples
    from ppo_desktop.exports.studies import ExportedStudy
    from ppo_desktop.exports.subject import ExportedRun


def _by(module: str, function: str) -> Callable[[Any, Path, Progress], None]:
    """Return what writes by a function of a module of this package, which is loaded then."""

    def write(subject: Any, fresh: Path, progress: Progress) -> None:
        from ppo_desktop.ppo.engines.choice import LOADING

        progress(0.0)
        with LOADING:
            written_by = getattr(import_module(f"ppo_desktop.exports.{module}"), function)
        written_by(subject, fresh, progress)

    return write


def _why_no_samples(subject: ExportedRun) -> str:
    return "" if subject.update else "Before its first update a run has no samples."


def _why_not_as_code(subject: ExportedRun) -> str:
    from ppo_desktop.exports.code import why_not_as_code

    return why_not_as_code(subject)


FORMATS: tuple[Format[ExportedRun], ...] = (
    Format(
        "python",
        "Python program",
        ".py",
        "export_python",
        _by("python_script", "write_python"),
        _why_not_as_code,
        is_text=True,
        is_quick_of_learnt=True,
    ),
    Format("sb3", "Stable-Baselines3", ".zip", "export_sb3", _by("stable_baselines3", "write")),
    Format(
        "onnx",
        "ONNX model",
        ".onnx",
        "export_onnx",
        _by("onnx", "write_onnx"),
        is_quick_of_learnt=True,
    ),
    Format("tensorboard", "TensorBoard", "", "export_tensorboard", _by("tensorboard", "write_tensorboard")),
    Format("torch", "PyTorch state dict", ".pt", "export_torch", _by("torch_policy", "write_torch")),
    Format(
        "csv",
        "Updates as CSV",
        ".csv",
        "export_csv",
        _by("tables", "write_updates"),
        is_text=True,
        learns_again=False,
    ),
    Format(
        "csv-episodes",
        "Episodes as CSV",
        " episodes.csv",
        "export_csv_episodes",
        _by("tables", "write_episodes"),
        is_text=True,
        learns_again=False,
    ),
    Format(
        "csv-samples",
        "Samples as CSV",
        " samples.csv",
        "export_csv_samples",
        _by("samples", "write_samples_of_run"),
        _why_no_samples,
        is_text=True,
    ),
    Format(
        "json",
        "JSON lines",
        ".jsonl",
        "export_json",
        _by("tables", "write_json"),
        is_text=True,
        learns_again=False,
    ),
)


def format_called(id: str) -> Format[ExportedRun]:
    """Return the format with an id."""
    return next(format for format in FORMATS if format.id == id)


def may_learn_again(format: Format[ExportedRun], subject: ExportedRun) -> bool:
    """Return whether much of a run has to be learnt, or a large library loaded, to write it."""
    return format.learns_again and not (format.is_quick_of_learnt and subject.is_soon_learnt)


COPIED_AS: dict[str, Format[ExportedRun]] = {
    "Python": format_called("python"),
    "command line": Format(
        "command-line",
        "Command line",
        ".txt",
        "export_command_line",
        _by("code", "write_command_line"),
        _why_not_as_code,
        is_text=True,
        learns_again=False,
    ),
    "Stable-Baselines3": Format(
        "sb3-code",
        "Program for Stable-Baselines3",
        " Stable-Baselines3.py",
        "export_sb3_code",
        _by("code", "write_stable_baselines3_code"),
        _why_not_as_code,
        is_text=True,
        learns_again=False,
    ),
}
"""{what a run is copied as: the text}."""
SAMPLES_SHOWN: Format[ExportedSamples] = Format(
    "csv-samples",
    "Samples shown as CSV",
    " samples.csv",
    "export_csv_samples",
    _by("samples", "write_samples"),
)
"""Of the minibatch that is looked at, whichever it is."""
COMPARISON_FORMATS: tuple[Format[ExportedComparison], ...] = (
    Format(
        "csv-curves",
        "Curves as CSV",
        " curves.csv",
        "export_csv_curves",
        _by("comparisons", "write_comparison_curves"),
        is_text=True,
    ),
    Format(
        "json",
        "JSON",
        ".json",
        "export_comparison_json",
        _by("comparisons", "write_comparison_json"),
        is_text=True,
    ),
    Format(
        "tensorboard",
        "TensorBoard",
        "",
        "export_comparison_tensorboard",
        _by("tensorboard_comparison", "write_comparison"),
    ),
)
STUDY_FORMATS: tuple[Format[ExportedStudy], ...] = (
    Format("json", "JSON", ".json", "export_study_json", _by("studies", "write_study_json")),
    Format(
        "tensorboard",
        "TensorBoard",
        "",
        "export_study_tensorboard",
        _by("tensorboard_study", "write_study"),
    ),
)
MAP_FORMATS: tuple[Format[ExportedStudy], ...] = (
    Format("csv", "Cells as CSV", ".csv", "export_map_csv", _by("maps", "write_map_csv"), is_text=True),
    Format("json", "JSON", ".json", "export_map_json", _by("maps", "write_map_json")),
)
