"""What the numbers were measured on: processor, cores, versions."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.threads import cores

PACKAGES = ("numpy", "tensorflow", "torch", "onnxruntime", "jax", "jaxlib")
CPUINFO = Path("/proc/cpuinfo")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
VECTORS = ("avx512f", "avx2", "avx", "asimd")  # the widest first


def machine() -> dict[str, Any]:
    """Return processor, its caches and vector instructions, cores, load, Python, NumPy's BLAS and versions."""
    known = cpuinfo()
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[call-overload, index]
    return {
        "processor": known.get("model name", platform.processor() or platform.machine()),
        "vectors": next((one for one in VECTORS if one in known.get("flags", "").split()), "unknown"),
        "caches": caches(),
        "cores": cores(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "blas": f"{blas['name']} {blas['version']}",
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return package -> version of those that are installed."""
    installed = {one.name.lower() for one in metadata.distributions()}
    return {name: metadata.version(name) for name in PACKAGES if name in installed}


def cpuinfo() -> dict[str, str]:
    """Return what Linux says of the first core; nothing elsewhere."""
    try:
        text = CPUINFO.read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def caches() -> dict[str, str]:
    """Return L1, L2, L3 -> size of the first core's data caches, as Linux says them."""
    found = {}
    for one in sorted(CACHES.glob("index*")):
        if (one / "type").read_text().strip() != "Instruction":
            found[f"L{(one / 'level').read_text().strip()}"] = (one / "size").read_text().strip()
    return found
