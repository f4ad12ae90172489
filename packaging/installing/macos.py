"""macOS: an app in a disk image. Built, signed and tried there; what is in it is checked on any system."""

from __future__ import annotations

import os
import plistlib
import shutil
import sys
import tarfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from installing import left_out
from installing.building_cache import building_cache
from installing.mach_o import images, keep_only
from installing.macos_place import MacPlace
from installing.smoke import smoke
from installing.target import CHECKOUT, Target, version
from installing.wheels import sha256
from launching.processes import Problem, check_call, say
from ppo_desktop.dialogs import TITLE

SOURCES = Path(__file__).with_name("macos_sources")
RELEASE, PYTHON_VERSION = "20261021", "3.13.17"
PYTHON = "python3.13"
INTERPRETER_URL = (
    f"https://github.com/astral-sh/python-build-standalone/releases/download/{RELEASE}/"
    f"cpython-{PYTHON_VERSION}%2B{RELEASE}-aarch64-apple-darwin-install_only_stripped.tar.gz"
)
INTERPRETER_SHA256 = "8dc60610a82f1e73be7faf964383e02520f95f6e39592a5c37c3809f5a7b798e"
PROCESSOR = "arm64"
SYSTEMS_OWN = ("/usr/lib/", "/System/")
"""Where libraries are that every Mac has."""
PLATFORMS = (14, 13, 12, 11)
"""The versions of macOS whose wheels are taken, the newest first."""
ICON = "ppo-desktop.icns"
IDENTIFIER = "org.ppo-desktop.PPODesktop"
COPYRIGHT = "© PPO Desktop contributors. MIT licence."
ENTITLEMENTS = SOURCES / "entitlements.plist"


class MacOS(Target):
    """macOS on Apple silicon; PyTorch no longer exists for Intel."""

    name = "macos"
    architecture = PROCESSOR
    python_version = PYTHON_VERSION
    interpreter = f"python/bin/{PYTHON}"
    packages = f"python/lib/{PYTHON}/site-packages"
    packed_as = (".dmg",)
    wheel_options = (
        *(
            f"--platform=macosx_{number}_0_{kind}"
            for number in PLATFORMS
            for kind in (PROCESSOR, "universal2")
        ),
        "--platform=macosx_10_13_universal2",
        "--python-version=3.13",
        "--implementation=cp",
        "--abi=cp313",
        "--abi=abi3",
        "--abi=none",
    )

    def put_interpreter(self, application: Path) -> None:
        """Unpack the interpreter, and have it know its packages only, wherever it is."""
        unpack_interpreter(fetch_interpreter(), application / "python")
        interpreter = application / self.interpreter
        standard_library = application / "python" / "lib" / PYTHON
        shutil.rmtree(standard_library / "site-packages")
        left_out.leave_out(standard_library, left_out.OF_STANDARD_LIBRARY)
        left_out.leave_out(application / "python", left_out.OF_STANDALONE_PYTHON)
        known = (f"../lib/{PYTHON}{path}\n" for path in ("", "/lib-dynload", "/site-packages"))
        interpreter.with_name(f"{interpreter.name}._pth").write_text("".join(known))

    def put_launchers(self, application: Path) -> None:
        """Put the program there that becomes the app's, and its icon."""
        check_system()
        library = application / "python" / "lib" / f"lib{PYTHON}.dylib"
        check_call("install_name_tool", "-id", f"@rpath/{library.name}", library)
        check_call("codesign", "--force", "--sign", "-", library)  # it has just been changed
        check_call(
            "clang",
            "-Os",
            f"-mmacosx-version-min={_text(minimum_system(application))}",
            f'-DINTERPRETER="{PYTHON}"',
            f"-I{application / 'python' / 'include' / PYTHON}",
            SOURCES / "launcher.c",
            f"-L{library.parent}",
            f"-l{PYTHON}",
            "-Wl,-rpath,@executable_path/../Resources/python/lib",
            "-o",
            application / TITLE,
        )
        icon = CHECKOUT / "resources" / "icons" / "ppo-desktop.svg"
        self.run(application, [Path(__file__).with_name("draw_picture.py"), icon, application / ICON])
        shutil.rmtree(application / "python" / "include")

    def call(self, application: Path, arguments: Sequence[str | Path]) -> int:
        check_system()
        return super().call(application, arguments)

    def pack(self, application: Path, dist: Path) -> list[Path]:
        """Make the app, sign it, put it into a disk image, and have Apple look at that if it can be asked."""
        signing = Signing.of(os.environ)
        folder = building_cache() / "macos-image"
        shutil.rmtree(folder, ignore_errors=True)
        app = make_app(application, folder)
        sign(app, signing)
        (folder / "Applications").symlink_to("/Applications")
        image = dist / f"PPO-Desktop-{version()}-{self.architecture}.dmg"
        check_call(
            "hdiutil", "create", "-volname", TITLE, "-srcfolder", folder, "-format", "ULMO", "-ov", image
        )
        check_call(*signing.command, image)
        notarize(image, signing)
        say(f"{image.name}: {left_out.megabytes(left_out.size_of(image))}")
        return [image]

    def try_out(self, installer: Path) -> int:
        if sys.platform != "darwin":
            raise Problem(f"{installer.name} can be tried on a Mac only.")
        return smoke(MacPlace(f"Resources/{self.interpreter}", IDENTIFIER), installer)


def check_system() -> None:
    """Raise Problem where programs of macOS do not run."""
    if sys.platform != "darwin":
        raise Problem("programs of macOS run there only: build on a Mac, as .github/workflows does.")


# ---- the interpreter --------------------------------------------------------------------------------------


def fetch_interpreter() -> Path:
    """Download the pinned interpreter unless it is here; return the archive.

    Raises:
        Problem: It cannot be had, or is not what was pinned.
    """
    archive = building_cache() / "interpreters" / INTERPRETER_URL.rpartition("/")[2].replace("%2B", "+")
    if not archive.is_file():
        archive.parent.mkdir(parents=True, exist_ok=True)
        say(f"Fetching {archive.name} ...")
        unfinished = archive.with_suffix(".unfinished")
        try:
            with urllib.request.urlopen(INTERPRETER_URL) as answer, unfinished.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except OSError as error:
            raise Problem(f"{INTERPRETER_URL} cannot be had: {error}") from None
        unfinished.rename(archive)
    if (digest := sha256(archive)) != INTERPRETER_SHA256:
        archive.unlink()
        raise Problem(f"{archive.name} is not what was pinned: its SHA-256 is {digest}.")
    return archive


def unpack_interpreter(archive: Path, folder: Path) -> None:
    """Unpack the archive's `python` to `folder`."""
    with tarfile.open(archive) as content:
        content.extractall(folder.parent, filter="tar")
    if folder.name != "python":
        (folder.parent / "python").rename(folder)


# ---- the app ----------------------------------------------------------------------------------------------


def make_app(application: Path, folder: Path) -> Path:
    """Make the app out of an application folder; return it.

    All that is installed stands in Contents/Resources, but for the program that is started.

    Raises:
        Problem: A library is not for Apple silicon, or needs one that neither the app nor the system has.
    """
    app = folder / f"{TITLE}.app"
    contents = app / "Contents"
    resources = contents / "Resources"
    shutil.copytree(application, resources, symlinks=True)
    programs = contents / "MacOS"
    programs.mkdir()
    (resources / TITLE).rename(programs / TITLE)
    for framework in resources.rglob("*.framework"):
        restore_framework(framework)
    try:
        saved = sum(keep_only(PROCESSOR, file) for file in files_with_code(app))
    except ValueError as error:
        raise Problem(str(error)) from None
    say(f"Left out: what is for other processors: {left_out.megabytes(saved)}")
    check_libraries(app)
    with (contents / "Info.plist").open("wb") as file:
        plistlib.dump(description(minimum_system(app)), file)
    return app


def restore_framework(framework: Path) -> None:
    """Make the links again that a framework has and a wheel cannot hold; without them nothing signs it."""
    current = framework / "Versions" / "Current"
    current.unlink(missing_ok=True)
    current.symlink_to("A")
    for part in sorted((framework / "Versions" / "A").iterdir()):
        beside = framework / part.name
        if beside.is_dir() and not beside.is_symlink():
            shutil.rmtree(beside)
        beside.unlink(missing_ok=True)
        beside.symlink_to(f"Versions/Current/{part.name}")


def description(minimum: tuple[int, int]) -> dict[str, object]:
    """Return what stands in Info.plist of an app that runs from macOS `minimum` on."""
    return {
        "CFBundleDevelopmentRegion": "en",
        "CFBundleDisplayName": TITLE,
        "CFBundleExecutable": TITLE,
        "CFBundleIconFile": ICON,
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleName": TITLE,
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": version(),
        "CFBundleSupportedPlatforms": ["MacOSX"],
        "CFBundleVersion": version(),
        "LSApplicationCategoryType": "public.app-category.education",
        "LSArchitecturePriority": [PROCESSOR],
        "LSMinimumSystemVersion": _text(minimum),
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": COPYRIGHT,
    }


def minimum_system(folder: Path) -> tuple[int, int]:
    """Return the oldest macOS that loads every program and library below `folder`: what one of them needs."""
    needed = (
        image.minimum_system
        for file in files_with_code(folder)
        for image in images(file)
        if image.processor == PROCESSOR
    )
    return max(needed, default=(0, 0))


def files_with_code(folder: Path) -> Iterator[Path]:
    """Yield the programs and libraries below `folder`, those that are deepest inside first."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    yield from sorted((file for file in files if images(file)), key=lambda file: (-len(file.parts), file))


def check_libraries(app: Path) -> None:
    """Raise Problem if something in the app needs a library that neither the app nor the system has."""
    files = list(files_with_code(app))
    there = {file.name for file in files}
    wrong = [
        f"{file.relative_to(app)} needs {library}"
        for file in files
        for image in images(file)
        for library in image.libraries
        if not library.startswith(SYSTEMS_OWN)
        and not (library.startswith("@") and library.rpartition("/")[2] in there)
    ]
    if wrong:
        raise Problem(f"libraries are missing in the app: {'; '.join(wrong)}")


# ---- signing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signing:
    """How the app is signed.

    Attributes:
        identity: The certificate's name; "-" signs without one, which is enough for this Mac.
        notary: What Apple's notary service wants to know; empty where it is not asked.
    """

    identity: str
    notary: tuple[str, ...]

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Signing:
        """Return what the variables say; without a certificate nobody is asked to notarize."""
        identity = variables.get("MACOS_SIGNING_IDENTITY") or "-"
        names = {"--apple-id": "APPLE_ID", "--team-id": "APPLE_TEAM_ID", "--password": "APPLE_PASSWORD"}
        given = {option: variables.get(name) or "" for option, name in names.items()}
        asks = identity != "-" and all(given.values())
        return cls(identity, tuple(text for pair in given.items() for text in pair) if asks else ())

    @property
    def command(self) -> tuple[str, ...]:
        """What signs the file that is named after it, for the hardened runtime."""
        when = () if self.identity == "-" else ("--timestamp",)
        return ("codesign", "--force", "--options", "runtime", *when, "--sign", self.identity)


def sign(app: Path, signing: Signing) -> None:
    """Sign everything in the app from the inside out, and the app last; check it as macOS will."""
    for command in signing_commands(app, signing):
        check_call(*command)
    check_call("codesign", "--verify", "--strict", "--deep", app)


def signing_commands(app: Path, signing: Signing) -> Iterator[tuple[str | Path, ...]]:
    """Yield the commands that sign everything in the app, in their order.

    Programs get the entitlements, libraries need none; a framework is signed as a whole.
    """
    rights = ("--entitlements", ENTITLEMENTS)
    for file in files_with_code(app):
        if file.parent == app / "Contents" / "MacOS":
            continue  # it is signed with the app
        is_program = any(image.is_program for image in images(file))
        in_framework = file.parent.parent.name == "Versions" and file.name == file.parents[2].stem
        whole = file.parent if in_framework else file
        yield (*signing.command, *(rights if is_program else ()), whole)
    yield (*signing.command, *rights, app)


def notarize(image: Path, signing: Signing) -> None:
    """Have Apple look at the image and attach its consent, where the variables say who asks for it."""
    if not signing.notary:
        say(f"{image.name} is not notarized: macOS will warn of it.")
        return
    check_call("xcrun", "notarytool", "submit", image, *signing.notary, "--wait")
    check_call("xcrun", "stapler", "staple", image)


def _text(system: tuple[int, int]) -> str:
    return f"{system[0]}.{system[1]}"
