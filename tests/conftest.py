"""Settings for all tests."""

import os

from hypothesis import settings

# Whatever imports TensorFlow first in a process of the tests, the classes of tf-keras are there.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# Fixtures are not written where CI is set, and many tests write theirs, in CI too; a test of the refusal sets it.
os.environ.pop("CI", None)

settings.register_profile("shared-machine", deadline=None)  # no test fails because a machine is busy
settings.load_profile("shared-machine")
