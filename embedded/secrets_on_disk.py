"""Secrets that are made once and kept beside the data they open."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret in this file; made (50 URL-safe characters, readable by the owner alone) when there is none."""
    try:
        # Exclusive, so that of two starters at once one makes it and the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(37)
        file.write(secret)
    return secret
