"""The cast, and how long hypothesis looks: a little at every run, thoroughly with HYPOTHESIS_PROFILE=nightly."""

import os

from hypothesis import settings

from tests.cast import cast

__all__ = ["cast"]

settings.register_profile("quick", max_examples=12, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", max_examples=400, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
