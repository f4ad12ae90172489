"""A zip file that may be meant to do harm: read in memory, and never more of it than was asked for."""

from __future__ import annotations

import io
import zipfile
import zlib

MOST_MEMBERS = 2_000
_ENTRY = b"PK\x01\x02"
"""How each entry of a zip file's directory begins."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that everybody writes. What was packed otherwise `zipfile` unpacks at once, however much it is."""
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
"""What reading a damaged, encrypted or unusually packed member raises."""


class UnreadableZip(ValueError):
    """No zip file, a damaged one, or one with more in it than is read; the message says what it is or has."""


class BoundedZip:
    """The members of a zip file by name; nothing is ever unpacked to the disk.

    Args:
        contents: The whole file.

    Raises:
        UnreadableZip: It is none, or has more members than anybody needs.
    """

    def __init__(self, contents: bytes) -> None:
        if contents.count(_ENTRY) > MOST_MEMBERS:  # before the directory, which takes much more room, is read
            raise UnreadableZip("has more members than any policy needs")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(contents))
        except _DAMAGED as error:
            raise UnreadableZip("is no zip file, or a damaged one") from error

    @property
    def names(self) -> list[str]:
        """Of all members, as they stand there."""
        return self._archive.namelist()

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return what a member holds.

        Raises:
            UnreadableZip: There is no such member, it is damaged, or it holds more than so many bytes.
        """
        try:
            entry = self._archive.getinfo(name)
        except KeyError:
            raise UnreadableZip(f"has no member {name}") from None
        if entry.compress_type not in _PACKINGS:
            raise UnreadableZip(f"has a member {name} that is packed in a way that is not read")
        try:
            with self._archive.open(entry) as member:
                contents = member.read(most_bytes + 1)
        except _DAMAGED as error:
            raise UnreadableZip(f"is damaged: {name} cannot be unpacked") from error
        if len(contents) > most_bytes:
            raise UnreadableZip(f"has a member {name} that is too large")
        return contents
