"""A GPU without the hardware: SwiftShader, Google's Vulkan driver in software, as Debian's browser brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("libvulkan1",)
FILES = ("libvk_swiftshader.so", "vk_swiftshader_icd.json")


def swiftshader(folder: Path) -> dict[str, str]:
    """Return the environment that names the driver, taken out of Debian's package unless it is here."""
    if not all((folder / name).exists() for name in FILES):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            # apt gives up root to fetch, and has to be able to write there.
            Path(scratch).chmod(0o777)
            subprocess.run(["apt-get", "download", "-q", "chromium-common"], cwd=scratch, check=True)
            (package,) = Path(scratch).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", str(package), f"{scratch}/files"], check=True)
            for name in FILES:
                shutil.copy(f"{scratch}/files/usr/lib/chromium/{name}", folder / name)
    return {"VK_ICD_FILENAMES": str(folder / FILES[1])}


def has_loader() -> bool:
    done = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False)
    return "libvulkan.so.1" in done.stdout or "VULKAN_SDK" in os.environ
