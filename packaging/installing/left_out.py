"""What the packages bring and nobody needs who only runs the program."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launching.processes import say


@dataclass(frozen=True)
class LeftOut:
    """Files that are not shipped.

    Attributes:
        what: What they are, and why the program does without them.
        patterns: Where they are, from the folder of the packages.
    """

    what: str
    patterns: tuple[str, ...]


QT_MODULES = (
    "Concurrent",
    "Designer*",
    "EglF*",
    "Help",
    "Labs*",
    "Network",
    "Qml*",
    "Quick*",
    "Sql",
    "Test",
    "UiTools",
    "WaylandCompositor",
    "WaylandEglCompositor*",
    "Xml",
)
"""Modules of Qt that neither we nor pyqtgraph use, as their names begin in every system's files."""
QT_PLUGINS = (
    "designer",
    "egldeviceintegrations",
    "generic",
    "networkinformation",
    "platforminputcontexts/*virtualkeyboard*",
    "qmllint",
    "qmltooling",
    "sqldrivers",
    "tls",
    "wayland-graphics-integration-server",
    "imageformats/*icns*",
    "imageformats/*pdf*",
    "imageformats/*tga*",
    "imageformats/*tiff*",
    "imageformats/*wbmp*",
    "imageformats/*webp*",
    "platforms/*eglfs*",
    "platforms/*linuxfb*",
    "platforms/*minimal*",
    "platforms/*vkkhr*",
    "platforms/*vnc*",
    "platformthemes/*gtk3*",
)
QT_TOOLS = (
    "assistant",
    "balsam",
    "balsamui",
    "designer",
    "linguist",
    "lrelease",
    "lupdate",
    "qmlformat",
    "qmllint",
    "qmlls",
    "qsb",
    "rcc",
    "svgtoqml",
    "uic",
)

OF_PACKAGES = (
    LeftOut("tests of the packages", ("**/tests", "**/test", "sqlalchemy/testing")),
    LeftOut(
        "headers, sources and static libraries, for compiling in C and C++",
        (
            "**/include",
            "torch/share",
            *(f"**/*.{end}" for end in ("a", "lib", "h", "c", "cpp", "pxd", "pyx")),
        ),
    ),
    LeftOut("type stubs", ("**/*.pyi", "**/py.typed")),
    LeftOut(
        "PyTorch's programs and libraries for its own tests; `torch_shm_manager` has to stay",
        (
            "torch/bin/*Test*",
            "torch/bin/*test*",
            "torch/bin/protoc*",
            "torch/bin/upgrader_models",
            "torch/bin/*.ptl",
            "torch/lib/*test*",
            "torch/lib/*aoti_custom*",
            "torch/lib/*backend_with*",
            "torch/lib/libshm*/",
            "torch/utils/benchmark",
            "torch/testing/_internal/py312*",
        ),
    ),
    LeftOut(
        "packages that others name and nothing we run imports",
        (
            "_distutils_hack",
            "distutils-precedence.pth",
            "fsspec",
            "functorch",
            "jinja2",
            "networkx",
            "pkg_resources",
            "setuptools",
            "sklearn/datasets",
            "numba/np/ufunc/omppool*",
            "numba/np/ufunc/tbbpool*",
        ),
    ),
    LeftOut(
        "AVIF, words and colour profiles of Pillow, which writes films as GIF and WebP for us",
        (
            *(f"PIL/{name}*" for name in ("_avif", "_imagingcms", "_imagingft", "_imagingtk")),
            *(
                f"{place}/lib{name}*"
                for place in ("pillow.libs", "PIL/.dylibs")
                for name in ("avif", "brotli", "freetype", "harfbuzz", "lcms2", "png")
            ),
        ),
    ),
    LeftOut(
        "commands, examples and documentation of packages",
        (
            "bin",
            "Scripts",
            "share",
            "pygame/docs",
            "pygame/examples",
            "pyqtgraph/examples",
            "pyqtgraph/opengl",
        ),
    ),
    LeftOut(
        "modules of Qt that we do not use",
        tuple(
            pattern.format(module)
            for module in QT_MODULES
            for pattern in (
                "PySide6/Qt{}.*",
                "PySide6/Qt6{}.dll",
                "PySide6/Qt/lib/libQt6{}.so*",
                "PySide6/Qt/lib/Qt{}.framework",
            )
        ),
    ),
    LeftOut(
        "plugins of Qt for what we do not use",
        tuple(f"PySide6/{place}plugins/{plugin}" for plugin in QT_PLUGINS for place in ("Qt/", "")),
    ),
    LeftOut(
        "tools of Qt for developers, and their translations; those of Qt's own words stay",
        (
            *(f"PySide6/{name}" for name in QT_TOOLS),
            "PySide6/*.app",
            "PySide6/libpyside6qml*",
            "PySide6/pyside6qml*",
            *(
                f"PySide6/{place}{folder}"
                for place in ("Qt/", "")
                for folder in (
                    "libexec",
                    "metatypes",
                    "modules",
                    "qml",
                    "translations/[!q]*",
                    "translations/qt_*",
                )
            ),
            *(f"PySide6/{place}translations/qtdeclarative_*" for place in ("Qt/", "")),
            *(f"PySide6/{folder}" for folder in ("doc", "glue", "scripts", "support", "typesystems")),
        ),
    ),
)
"""What is removed from the packages on every system."""

ONCE_COLLECTED = (
    LeftOut("licences that the folder of licences has, some too deep for Windows", ("*.dist-info/licenses",)),
)
"""What is removed from the packages when all licences have been collected."""

MICROSOFTS = ("concrt140*", "msvcp140*", "vcamp140*", "vccorlib140*", "vcomp140*", "vcruntime140*")
ON_WINDOWS = (
    LeftOut(
        "older copies of Microsoft's C++ runtime: the first that is loaded serves all packages",
        tuple(f"{package}/{dll}.dll" for package in ("PySide6", "shiboken6") for dll in MICROSOFTS),
    ),
    LeftOut("what paints in other ways than Qt's windows do", ("PySide6/plugins/platforms/qdirect2d.dll",)),
    LeftOut("programs of Qt for developers", ("PySide6/*.exe",)),
    LeftOut("OpenGL without a graphics card: we draw with QPainter", ("PySide6/opengl32sw.dll",)),
    LeftOut("characters for Qt's browser, which is not here", ("PySide6/resources",)),
)
"""What is removed from the packages on Windows only."""

OF_STANDARD_LIBRARY = (
    LeftOut("tests of the standard library", ("test", "**/test", "**/tests", "lib-dynload/_*test*")),
    LeftOut("what compiles extensions", ("config-*", "distutils", "lib2to3")),
    LeftOut("installing packages", ("ensurepip", "venv")),
    LeftOut("windows by Tk", ("tkinter", "idlelib", "turtle*", "lib-dynload/_tkinter*")),
    LeftOut(
        "terminals and old databases, with the system's libraries they need",
        tuple(f"lib-dynload/{name}.*" for name in ("_curses*", "readline", "nis", "_crypt", "_gdbm", "_dbm")),
    ),
)
"""What is removed from a standard library that is not made for shipping."""

OF_STANDALONE_PYTHON = (
    LeftOut(
        "windows by Tk", tuple(f"lib/{name}*" for name in ("libtcl", "libtk", "tcl", "tk", "itcl", "thread"))
    ),
    LeftOut("what compiles extensions, and manuals", ("lib/pkgconfig", "share")),
    LeftOut(
        "other programs",
        ("bin/[!p]*", "bin/pip*", "bin/pydoc*", "bin/python*-config", "bin/python", "bin/python3"),
    ),
)
"""What is removed from an interpreter that has a folder of its own for everything."""


def leave_out(folder: Path, what: tuple[LeftOut, ...]) -> None:
    """Remove from `folder` what is left out, and say how much that was."""
    for part in what:
        files = [path for pattern in part.patterns for path in sorted(folder.glob(pattern))]
        size = sum(_remove(path) for path in files)
        say(f"Left out: {part.what}: {megabytes(size)}")


def _remove(path: Path) -> int:
    if not path.exists() and not path.is_symlink():
        return 0  # gone with its folder
    size = size_of(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return size


def size_of(path: Path) -> int:
    """Return how many bytes the files at or below `path` have."""
    return sum(file.lstat().st_size for file in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for below in path.iterdir():
            yield from _files(below)
    else:
        yield path


def megabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 1e6:.1f} MB"
