"""What is said where TensorFlow cannot be had; TensorFlow itself is not needed."""

import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from rnn_parity.errors import ReferenceEnvironmentError
from tf_reference import environment


@pytest.fixture
def install(monkeypatch):
    """Return a function that pretends these packages are installed."""

    def pretend(**packages):
        def version(name):
            if name.replace("-", "_") not in packages:
                raise metadata.PackageNotFoundError(name)
            return packages[name.replace("-", "_")]

        monkeypatch.setattr(environment.metadata, "version", version)

    return pretend


def test_missing_tensorflow_says_what_to_install(install):
    install()
    with pytest.raises(ReferenceEnvironmentError, match=r"^tensorflow is not installed\. .*rnn-parity\[reference\]"):
        environment.require_versions()


def test_missing_tf_keras_says_what_to_install(install):
    install(tensorflow="2.21.0")
    with pytest.raises(ReferenceEnvironmentError, match=r"^tf-keras is not installed\. .*rnn-parity\[reference\]"):
        environment.require_versions()


def test_tf_keras_of_another_minor_version_is_refused(install):
    install(tensorflow="2.21.0", tf_keras="2.20.1")
    with pytest.raises(ReferenceEnvironmentError, match=r"tf-keras: got 2\.20\.1, should be 2\.21\.\* like tensorflow"):
        environment.require_versions()


def test_tf_keras_of_another_patch_version_is_taken(install):
    install(tensorflow="2.21.1", tf_keras="2.21.0")
    environment.require_versions()


def test_tensorflow_imported_with_keras_3_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(_tf_uses_legacy_keras=False))
    with pytest.raises(ReferenceEnvironmentError, match="imported without TF_USE_LEGACY_KERAS=1, so Keras 3 is active"):
        environment.require_legacy_keras()


def test_tensorflow_that_hides_the_setting_is_judged_by_the_environment(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace())
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    environment.require_legacy_keras()
    monkeypatch.delenv("TF_USE_LEGACY_KERAS")
    with pytest.raises(ReferenceEnvironmentError):
        environment.require_legacy_keras()


def test_environment_errors_end_the_command_with_status_2():
    assert ReferenceEnvironmentError.exit_status == 2


def test_recording_lists_only_cpu_features_that_matter_sorted(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name\t: host-7\nflags\t\t: sse fma avx2 avx hypervisor\n")
    monkeypatch.setattr(environment, "CPUINFO", cpuinfo)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert environment.recording() == {"cpu_features": "avx avx2 fma", "onednn": "1"}


def test_recording_names_the_machine_type_where_there_is_no_cpuinfo(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(environment.platform, "machine", lambda: "arm64")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert environment.recording() == {"cpu_features": "arm64", "onednn": "0"}
