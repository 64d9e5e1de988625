"""A GPU without the hardware: lavapipe, Mesa's Vulkan driver in software.

It computes in half precision where it is asked to, as phones do. Debian's own version is too old for LiteRT, so the
driver is taken out of the package of its backports; what it needs comes with `PACKAGES`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("libvulkan1", "mesa-vulkan-drivers")
RELEASE = "bookworm-backports"
DRIVER, NAMED = "libvulkan_lvp.so", "lavapipe.json"


def lavapipe(folder: Path) -> dict[str, str]:
    """Return the environment that names the driver; fetched unless it is in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / NAMED).exists():
        with tempfile.TemporaryDirectory() as scratch:
            Path(scratch).chmod(0o755)
            package = _fetched(Path(scratch))
            subprocess.run(["dpkg-deb", "-x", str(package), f"{scratch}/files"], check=True)
            (driver,) = Path(f"{scratch}/files").rglob(DRIVER)
            (folder / DRIVER).write_bytes(driver.read_bytes())
        named = {"library_path": str(folder / DRIVER), "api_version": "1.4.305"}
        (folder / NAMED).write_text(json.dumps({"file_format_version": "1.0.1", "ICD": named}))
    return {"VK_ICD_FILENAMES": str(folder / NAMED)}


def _fetched(scratch: Path) -> Path:
    """Return the package, fetched from the mirror that this machine uses, with lists of its own."""
    parts, lists, files = scratch / "parts", scratch / "lists", scratch / "packages"
    for made in (parts, lists / "partial", files):
        made.mkdir(parents=True)
        made.chmod(0o777)  # apt gives up root to fetch
    (parts / "backports.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {_mirror()} {RELEASE} main\n"
    )
    options = [
        "-o",
        "Dir::Etc::sourcelist=/dev/null",
        "-o",
        f"Dir::Etc::sourceparts={parts}",
        "-o",
        f"Dir::State::lists={lists}",
        "-o",
        "Dir::Cache::pkgcache=",
        "-q",
    ]
    subprocess.run(["apt-get", *options, "update"], check=True, stdout=subprocess.DEVNULL)
    words = ["apt-get", *options, "download", f"mesa-vulkan-drivers/{RELEASE}"]
    subprocess.run(words, cwd=files, check=True, stdout=subprocess.DEVNULL)
    (package,) = files.glob("*.deb")
    return package


def _mirror() -> str:
    """Return the address of the Debian mirror that this machine uses."""
    for path in [*Path("/etc/apt/sources.list.d").glob("*.sources"), Path("/etc/apt/sources.list")]:
        for line in path.read_text().splitlines() if path.exists() else []:
            words = line.removeprefix("deb ").removeprefix("URIs: ").split()
            found = next((word for word in words if "://" in word), None)
            if found is not None and not line.startswith("#") and "security" not in found:
                return found
    raise RuntimeError("apt has no mirror here")


def has_loader() -> bool:
    """Whether the loader and what Mesa's drivers need are installed."""
    done = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False)
    return "libvulkan.so.1" in done.stdout and "libLLVM" in done.stdout
