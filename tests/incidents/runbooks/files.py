"""Runbooks' files as a test writes them."""

from pathlib import Path

BODY = "Some words."


def text_of(front: str, body: str = BODY) -> str:
    """A file's text: the front matter begins on line 2."""
    return f"---\n{front.strip()}\n---\n{body}\n"


HIGH_CPU = """
title: High CPU
applies:
  words: [cpu]
  metrics: [cpu usage]
steps:
  - key: look
    text: See which pods use the CPU of <service>.
    check: top
  - key: scale-up
    text: Scale the deployment up.
    mitigation: scale
    parameters: {by: 2}
  - key: tell
    text: Tell the channel.
"""
HIGH_CPU_IN_CHINESE = """
title: CPU 使用率高
steps:
  - key: look
    text: 看哪些 Pod 在用 CPU。
    check: top
  - key: scale-up
    text: 擴容。
    mitigation: scale
    parameters: {by: 2}
  - key: tell
    text: 告知頻道。
"""
GENERAL = """
title: General incident
steps:
  - key: pods
    text: Look at the pods.
    check: pods
"""


def write(folder: Path, **texts: str) -> None:
    """Writes files: `high_cpu=…` becomes high-cpu.md, `high_cpu__zh_hant=…` its translation."""
    for name, text in texts.items():
        path = folder / (name.replace("__", ".").replace("_", "-") + ".md")
        path.write_text(text)
