"""Installing packages with pip, and saying in one line why it did not work."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from itertools import chain
from pathlib import Path

from launching.processes import NO_CONSOLE, Problem, say

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_INDEX_TIMEOUT = 3.0
DISK_FULL = "the disk is full: free about 2 GB and start again."
NO_ROOM = 20_000_000

EXPLANATIONS = (
    (
        r"No space left on device|Errno 28\b|not enough space on the disk",
        DISK_FULL,
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "this network uses a certificate of its own: set PIP_CERT to its file and start again.",
    ),
    (
        r"Failed to establish a new connection|NameResolutionError|name resolution|getaddrinfo failed"
        r"|ConnectTimeoutError|ReadTimeoutError|ProxyError|Connection refused|Network is unreachable"
        r"|Connection aborted|Max retries exceeded",
        "the package index cannot be reached: check the network (or proxy) and start again.",
    ),
    (
        r"Permission denied|Access is denied|being used by another process",
        "its files are in use or write-protected: close PPO Desktop and start again.",
    ),
)
"""What pip's log contains, and what to tell the user then; the first that matches counts."""


def install(python: Path, requirements: Path, log: Path) -> None:
    """Install exactly what `requirements` lists, showing pip's own progress.

    Raises:
        Problem: It did not work; the message says why.
    """
    pins = _pins(requirements)
    sources = torch_sources() if any(pin.startswith("torch==") for pin in pins) else []
    say(f"Installing {len(pins)} packages ...")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--log", str(log)]
    command = [*pip, "install", *sources, "--requirement", str(requirements)]
    # pip writes its errors into the log as well; the user gets one line instead.
    if subprocess.call(command, stderr=subprocess.DEVNULL, creationflags=NO_CONSOLE):
        raise Problem(diagnose(log))


def _pins(requirements: Path) -> list[str]:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    included = [_pins(requirements.parent / line.split()[1]) for line in lines if line.startswith("-r ")]
    return [*(line for line in lines if "==" in line), *chain.from_iterable(included)]


def torch_sources() -> list[str]:
    """Return pip's options for finding a PyTorch that is not larger than need be.

    On Linux the usual index has only the build for NVIDIA GPUs, of 3 GB.
    """
    if sys.platform != "linux" or has_nvidia_gpu():
        return []
    if answers(CPU_INDEX, CPU_INDEX_TIMEOUT):
        say("Taking PyTorch's build without CUDA (200 MB instead of 3 GB).")
        return ["--extra-index-url", CPU_INDEX]
    say("PyTorch's own index cannot be reached: the usual one may send its build with CUDA, 3 GB.")
    return []


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver is installed."""
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def answers(url: str, timeout: float) -> bool:
    """Whether there is a web server at `url` for us, if need be through the user's proxy."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=timeout):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def diagnose(log: Path) -> str:
    """Say in one line why pip (or venv) failed, going by its log."""
    if shutil.disk_usage(log.parent).free < NO_ROOM:
        return DISK_FULL  # Then the log is likely to be cut short as well.
    text = log.read_text(encoding="utf-8", errors="replace")
    if other := re.search(r"DO NOT MATCH THE HASHES.*\n\S*\s+(\S+) from (\S+)", text):
        return f"{other[1]} from {other[2]} is not the file that was pinned: delete it. (Details: {log})"
    for pattern, explanation in EXPLANATIONS:
        if re.search(pattern, text):
            return f"{explanation} (Details: {log})"
    if missing := re.search(r"No matching distribution found for (\S+)", text):
        computer = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        return f"{missing[1]} does not exist for {computer}. (Details: {log})"
    errors = re.findall(r"ERROR: (.+)", text) or text.strip().splitlines() or ["no reason given"]
    return f"setting up failed: {errors[-1].strip()} (Details: {log})"
