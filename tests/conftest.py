"""Settings for all tests."""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)  # no test fails because a machine is busy
settings.load_profile("shared-machine")
