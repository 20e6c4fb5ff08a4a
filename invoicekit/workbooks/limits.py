"""How much a file may ask for before it is refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

__all__ = ["Limits", "declared_size", "of_people"]

_FLAT = 100
_BIG = 200_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    Attributes
    ----------
    seconds
        Of processor time.
    memory
        In bytes.
    size
        Bytes that its parts may come to once unpacked.

    Notes
    -----
    The defaults hold for contents of up to 100 MB. A larger file that declares its size gets as
    much more as it is larger: what takes long because it is long is no fault of it.
    """

    seconds: float = 8
    memory: int = 1 << 30
    size: int = 4 << 30

    def for_size(self, size: int) -> Limits:
        """Return what a file of so many bytes, unpacked, may take."""
        times = max(1.0, size / 100_000_000)
        return Limits(self.seconds * times, int(self.memory * max(1.0, times / 2)), self.size)


def declared_size(content: bytes) -> int:
    """Return the bytes that the parts of a zip come to by its own table of contents.

    Raises
    ------
    zipfile.BadZipFile
        If it has none that can be read.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(part.file_size for part in archive.infolist())


def is_bomb(size: int, packed: int) -> bool:
    """Say whether so much comes out of so little that it is no table.

    Sheets of a spreadsheet come to five to thirty times their packed size.
    """
    return size > _BIG and size > _FLAT * packed


def of_people(size: float) -> str:
    """Return a number of bytes as people say it.

    Examples
    --------
    >>> of_people(1_073_741_824), of_people(4_200_000), of_people(900)
    ('1.1 GB', '4.2 MB', '900 bytes')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,.0f} bytes"
