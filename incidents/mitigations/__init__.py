"""Mitigations: what is asked for, whether it may be done, the command that it equals, and what came of it. Pure."""
