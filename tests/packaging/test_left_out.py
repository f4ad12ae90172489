"""What is taken out of the packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from installing.left_out import OF_PACKAGES, ON_WINDOWS, LeftOut, leave_out


def files_after(folder: Path, *names: str) -> set[str]:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0" * 1_000_000)
    leave_out(folder, (*OF_PACKAGES, *ON_WINDOWS))
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_is_left_out_is_said_with_its_size(tmp_path, capsys):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_bytes(b"0" * 1_500_000)
    leave_out(tmp_path, (LeftOut("tests", ("**/tests", "**/test_*")),))
    assert capsys.readouterr().out == "Left out: tests: 1.5 MB\n"
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize(
    "needed",
    [
        "torch/bin/torch_shm_manager",  # PyTorch cannot be imported without it
        "torch/lib/libtorch_cpu.so",
        "torch/testing/_internal/logging_tensor.py",
        "optuna/storages/_rdb/alembic/env.py",  # read from its file
        "gymnasium/envs/classic_control/cartpole.py",
        "numba/np/ufunc/workqueue.cpython-311-x86_64-linux-gnu.so",
        "PySide6/QtSvg.abi3.so",
        "PySide6/QtSvg.pyd",
        "PySide6/Qt6Gui.dll",
        "PySide6/Qt/lib/libQt6XcbQpa.so.6",
        "PySide6/Qt/lib/libQt6WaylandClient.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/translations/qtbase_de.qm",
    ],
)
def test_what_is_needed_stays(tmp_path, needed):
    assert files_after(tmp_path, needed) == {needed}


@pytest.mark.parametrize(
    "unused",
    [
        "torch/include/c10/a.h",
        "torch/bin/protoc",
        "torch/bin/test_api",
        "scipy/stats/tests/test_a.py",
        "PySide6/QtQuick.abi3.so",
        "PySide6/QtQuick.pyd",
        "PySide6/Qt6Qml.dll",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/lib/QtQuick.framework/QtQuick",
        "PySide6/Qt/plugins/sqldrivers/libqsqlite.so",
        "PySide6/plugins/sqldrivers/qsqlite.dll",
        "PySide6/Qt/translations/designer_de.qm",
        "PySide6/designer",
        "PySide6/designer.exe",
        "numba/np/ufunc/tbbpool.cp313-win_amd64.pyd",
        "numba/core/a.pyi",
    ],
)
def test_what_is_unused_goes(tmp_path, unused):
    assert files_after(tmp_path, unused) == set()
