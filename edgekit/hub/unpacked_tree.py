"""The folder that an archive is unpacked into: names are checked, bytes counted, links made last.

Nothing is written through a link, over something that is already there, or outside of the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from edgekit.errors import HandleError

CHUNK = 1 << 16  # bytes read at once
MAX_NAME = 1024  # bytes of a path, below the shortest PATH_MAX of the systems that unpack: macOS's
MAX_PART = 255  # bytes between two slashes: NAME_MAX of Linux and of macOS
MAX_DEPTH = 64  # folders; deeper trees break what walks or deletes them by recursion


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an archive may hold."""

    members: int = 100_000  # files, folders and links together: ours to choose, modules have tens
    total: int = 16 << 30  # bytes after unpacking: twice what is downloaded at most, since weights hardly compress
    ratio: int = 1000  # unpacked bytes per packed byte: deflate reaches 1032 at best, and only on bytes all alike...
    ratio_from: int = 1 << 30  # ...so that a small archive of zeros, such as an untrained model, is none of a bomb


LIMITS = Limits()


class Budget:
    """Counts unpacked bytes as they come, whatever the headers claim."""

    def __init__(self, limits: Limits, packed: int) -> None:
        self.limits, self.packed, self.spent = limits, packed, 0

    def spend(self, count: int) -> None:
        """Count bytes.

        Raises:
            HandleError: They are more than the limits allow.
        """
        self.spent += count
        if self.spent > self.limits.total:
            raise HandleError(f"it unpacks to more than {self.limits.total:,} bytes")
        if self.spent > max(self.limits.ratio_from, self.limits.ratio * self.packed):
            raise HandleError(f"it unpacks to more than {self.limits.ratio:,} times its size, as a bomb does")


class UnpackedTree:
    """The folder that is being filled, and all names that it got so far."""

    def __init__(self, root: Path, limits: Limits, packed: int) -> None:
        self.root, self.limits, self.packed = root, limits, packed
        self.budget = Budget(limits, packed)
        self.names: dict[PurePosixPath, str] = {PurePosixPath(): "folder"}
        self.links: dict[PurePosixPath, str] = {}
        root.mkdir(parents=True, exist_ok=True)

    def add_folder(self, name: str) -> None:
        """Make a folder; it may come twice."""
        self._claim(checked_name(name), "folder")

    def add_file(self, name: str, source: IO[bytes], size: int) -> None:
        """Write a file, as many bytes as its header says.

        Raises:
            HandleError: Its name is not to be trusted, or it is too much.
            EOFError: It has more bytes or fewer.
        """
        path = checked_name(name)
        self._claim(path, "file")
        with (self.root / path).open("xb") as file:
            while block := source.read(CHUNK):
                self.budget.spend(len(block))
                file.write(block)
            if file.tell() != size:
                raise EOFError(f"{name!r} has {file.tell()} bytes in place of {size}")

    def add_link(self, name: str, target: str) -> None:
        """Enter a symbolic link, which `make_links` makes.

        Raises:
            HandleError: Its name is not to be trusted, or it points to no place inside.
        """
        path = checked_name(name)
        if not target or PurePosixPath(target).is_absolute() or len(target) > MAX_NAME:
            raise HandleError(f"its link {name!r} points to {target[:80]!r}")
        self._claim(path, "link")
        self.links[path] = target

    def make_links(self) -> None:
        """Make the links once all files are written, so that nothing was ever written through one."""
        for path, target in self.links.items():
            (self.root / path).symlink_to(target)
        # Only the real links, followed as the system follows them, say where a chain of them ends.
        for path, target in self.links.items():
            if not self._stays_inside(path):
                raise HandleError(f"its link {str(path)!r} points to {target!r}, outside of it or nowhere")

    def _stays_inside(self, path: PurePosixPath) -> bool:
        try:
            return (self.root / path).resolve(strict=True).is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # dangling; Python 3.11 and 3.12 call a loop of links a RuntimeError
            return False

    def _claim(self, path: PurePosixPath, kind: str) -> None:
        """Enter a name and the folders above it; a folder may come twice, anything else once."""
        previous = self.names.get(path)
        if previous == kind == "folder":
            return
        if previous is not None:
            raise HandleError(f"it holds {str(path)!r} twice")
        self._claim(path.parent, "folder")
        if len(self.names) > self.limits.members:
            raise HandleError(f"it holds more than {self.limits.members:,} files and folders")
        self.names[path] = kind
        if kind == "folder":
            (self.root / path).mkdir()


def checked_name(name: str) -> PurePosixPath:
    """Return a member's name as a path below the root, or refuse it."""
    path = PurePosixPath(name)
    # A backslash separates folders where other systems unpack, and so may hide a "..".
    if not name or "\0" in name or "\\" in name or path.is_absolute() or ".." in path.parts:
        raise HandleError(f"it holds the name {name!r}, which leads outside of it or is no name")
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in name):
        raise HandleError(f"it holds the name {name!r}, which is not UTF-8")
    longest = max((len(component.encode()) for component in path.parts), default=0)
    if len(name.encode()) > MAX_NAME or longest > MAX_PART or len(path.parts) > MAX_DEPTH:
        raise HandleError(f"it holds a name that is too long or too deep: {name[:80]!r}...")
    return path
