"""The TensorFlow that answers: imported once, with the legacy Keras that still has `rnn_cell`.

From TensorFlow 2.16 on, `tf.compat.v1.nn.rnn_cell` needs tf-keras of the same minor version, and
TF_USE_LEGACY_KERAS=1 before the first `import tensorflow`.
Source: tensorflow/__init__.py (_tf_uses_legacy_keras).
"""

from __future__ import annotations

import logging
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from rnn_parity.errors import ReferenceEnvironmentError

LEGACY_KERAS = "TF_USE_LEGACY_KERAS"
CPU_FEATURES = (  # those that change which kernels oneDNN and Eigen choose, and so the last bits
    "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_fp16",
)  # fmt: skip
CPUINFO = Path("/proc/cpuinfo")
_INSTALL = "Install both with `pip install 'rnn-parity[reference]'`"


@cache
def tensorflow() -> Any:  # noqa: ANN401  TensorFlow ships no types
    """Return the module `tensorflow`, imported so that `tf.compat.v1.nn.rnn_cell` is there.

    Raises:
        ReferenceEnvironmentError: TensorFlow or tf-keras is missing, they do not fit, or TensorFlow was imported
            before without the setting.
    """
    require_versions()
    require_legacy_keras()
    os.environ[LEGACY_KERAS] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside TensorFlow's and tf-keras' own imports
        import tensorflow as tf  # noqa: PLC0415  the setting above must stand before

        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # every recorded function is deprecated and says so
        module = tf.compat.v1.nn.rnn_cell.LSTMCell.__module__
    if not module.startswith("tf_keras."):
        raise ReferenceEnvironmentError(f"rnn_cell comes from {module}, should be from tf_keras. {_INSTALL}.")
    return tf


@contextmanager
def control_flow_v1() -> Iterator[None]:
    """Build loops and conditions as TensorFlow 1 does: in the graph itself.

    TensorFlow 2 builds each in a graph of its own, and a cell first called in there cannot be called outside.
    """
    tf = tensorflow().compat.v1
    was_enabled = tf.control_flow_v2_enabled()
    tf.disable_control_flow_v2()
    try:
        yield
    finally:
        if was_enabled:
            tf.enable_control_flow_v2()


def require_versions() -> None:
    """Return if TensorFlow and tf-keras are installed and of the same minor version; nothing is imported.

    Raises:
        ReferenceEnvironmentError: see above.
    """
    found = {name: _version(name) for name in ("tensorflow", "tf-keras")}
    for name, version in found.items():
        if version is None:
            raise ReferenceEnvironmentError(f"{name} is not installed. {_INSTALL}.")
    minors = {name: _minor(str(version)) for name, version in found.items()}
    if minors["tensorflow"] != minors["tf-keras"]:
        raise ReferenceEnvironmentError(
            f"tf-keras: got {found['tf-keras']}, should be {minors['tensorflow']}.* like tensorflow "
            f"{found['tensorflow']}. Install `pip install 'tf-keras=={minors['tensorflow']}.*'`."
        )


def require_legacy_keras() -> None:
    """Return if TensorFlow is not imported yet, or was imported with TF_USE_LEGACY_KERAS=1.

    Raises:
        ReferenceEnvironmentError: it was imported without, so Keras 3 is active and `rnn_cell` cannot be had.
    """
    loaded = sys.modules.get("tensorflow")
    if loaded is None:
        return
    if not getattr(loaded, "_tf_uses_legacy_keras", os.environ.get(LEGACY_KERAS) in ("1", "true", "True")):
        raise ReferenceEnvironmentError(
            f"tensorflow was imported without {LEGACY_KERAS}=1, so Keras 3 is active and rnn_cell is missing. "
            f"Set {LEGACY_KERAS}=1 in the environment, or run tf_reference in a process of its own."
        )


def versions() -> dict[str, str]:
    """Return package -> version of what the recorded numbers depend on."""
    packages = {"tensorflow": "tensorflow", "tf_keras": "tf-keras", "numpy": "numpy"}
    return {name: _version(package) or "" for name, package in packages.items()}


def recording() -> dict[str, str]:
    """Return what of this machine the last bits depend on: CPU features and oneDNN setting; no clock, no host."""
    return {"cpu_features": _cpu_features(), "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1")}


def _cpu_features() -> str:
    try:
        text = CPUINFO.read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    for line in text.splitlines():
        key, _, flags = line.partition(":")
        if key.strip() == "flags":
            return " ".join(sorted(set(flags.split()) & set(CPU_FEATURES)))
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
