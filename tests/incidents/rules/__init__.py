"""The rules by which clocks are kept, tested without a database: what `make mutants` changes to see whether a test notices."""

import os

from hypothesis import settings

#: For properties of pure functions: a look at every run, thousands with HYPOTHESIS_PROFILE=nightly.
IS_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
thorough = settings(max_examples=5_000 if IS_NIGHTLY else 120, deadline=None, derandomize=not IS_NIGHTLY)
