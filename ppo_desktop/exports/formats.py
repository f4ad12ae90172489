"""All formats that need no window, in the order in which menus and the command line list them.

They are known at once; what writes one is loaded when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.exports.code import why_not_as_code
from ppo_desktop.exports.format import Format, Progress

if TYPE_CHECKING:
    from ppo_desktop.exports.comparisons import ExportedComparison
    from ppo_desktop.exports.samples import ExportedSamples
    from ppo_desktop.exports.studies import ExportedStudy
    from ppo_desktop.exports.subject import ExportedRun


def _write_updates(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tables import write_updates

    write_updates(subject, fresh, progress)


def _write_episodes(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tables import write_episodes

    write_episodes(subject, fresh, progress)


def _write_json(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tables import write_json

    write_json(subject, fresh, progress)


def _write_python(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.python_script import python_script

    progress(0.0)
    fresh.write_text(python_script(subject), encoding="utf-8", newline="\n")
    progress(1.0)


def _write_onnx(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.onnx import write_onnx

    write_onnx(subject, fresh, progress)


def _write_torch(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.torch_policy import write_torch

    write_torch(subject, fresh, progress)


def _write_stable_baselines3(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.stable_baselines3 import write

    write(subject, fresh, progress)


def _write_samples_of_run(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.samples import write_samples_of_run

    write_samples_of_run(subject, fresh, progress)


def _why_no_samples(subject: ExportedRun) -> str:
    from ppo_desktop.exports.samples import why_no_samples

    return why_no_samples(subject)


def _write_samples(subject: ExportedSamples, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.samples import write_samples

    write_samples(subject, fresh, progress)


def _write_comparison_curves(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.comparisons import write_comparison_curves

    write_comparison_curves(subject, fresh, progress)


def _write_comparison_json(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.comparisons import write_comparison_json

    write_comparison_json(subject, fresh, progress)


def _write_study_json(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.studies import write_study_json

    write_study_json(subject, fresh, progress)


def _write_tensorboard(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tensorboard import write_tensorboard

    write_tensorboard(subject, fresh, progress)


def _write_tensorboard_of_comparison(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tensorboard_comparison import write_comparison

    write_comparison(subject, fresh, progress)


def _write_tensorboard_of_study(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.exports.tensorboard_study import write_study

    write_study(subject, fresh, progress)


FORMATS: tuple[Format[ExportedRun], ...] = (
    Format("python", "Python program", ".py", "export_python", _write_python, why_not_as_code, is_text=True),
    Format("sb3", "Stable-Baselines3", ".zip", "export_sb3", _write_stable_baselines3),
    Format("onnx", "ONNX model", ".onnx", "export_onnx", _write_onnx),
    Format("torch", "PyTorch state dict", ".pt", "export_torch", _write_torch),
    Format("tensorboard", "TensorBoard", "", "export_tensorboard", _write_tensorboard),
    Format("csv", "Updates as CSV", ".csv", "export_csv", _write_updates, is_text=True),
    Format(
        "csv-episodes",
        "Episodes as CSV",
        " episodes.csv",
        "export_csv_episodes",
        _write_episodes,
        is_text=True,
    ),
    Format(
        "csv-samples",
        "Samples as CSV",
        " samples.csv",
        "export_csv_samples",
        _write_samples_of_run,
        _why_no_samples,
        is_text=True,
    ),
    Format("json", "JSON lines", ".jsonl", "export_json", _write_json, is_text=True),
)
SAMPLES_SHOWN: Format[ExportedSamples] = Format(
    "csv-samples", "Samples shown as CSV", " samples.csv", "export_csv_samples", _write_samples, is_text=True
)
"""Of the minibatch that is looked at, whichever it is."""
COMPARISON_FORMATS: tuple[Format[ExportedComparison], ...] = (
    Format("csv-curves", "Curves as CSV", " curves.csv", "export_csv_curves", _write_comparison_curves),
    Format("json", "JSON", ".json", "export_comparison_json", _write_comparison_json),
    Format(
        "tensorboard",
        "TensorBoard",
        "",
        "export_comparison_tensorboard",
        _write_tensorboard_of_comparison,
    ),
)
STUDY_FORMATS: tuple[Format[ExportedStudy], ...] = (
    Format("json", "JSON", ".json", "export_study_json", _write_study_json),
    Format("tensorboard", "TensorBoard", "", "export_study_tensorboard", _write_tensorboard_of_study),
)


def format_called(id: str) -> Format[ExportedRun]:
    """Return the format with an id."""
    return next(format for format in FORMATS if format.id == id)
