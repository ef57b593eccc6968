"""Where the cluster is: KUBECONFIG, or the service account of the pod the portal runs in. Asks nobody, imports no client.

`~/.kube/config` is not looked at: the portal acts on a cluster only where somebody told it to.
"""

import os
from pathlib import Path

import yaml

from integrations.errors import Refused

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
LARGEST_KUBECONFIG = 1_048_576

type Fingerprint = tuple[tuple[str, int, int], ...]


def kubeconfig_paths() -> tuple[Path, ...]:
    """The files that KUBECONFIG names and that are there; as with kubectl the others do not count."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)
    return tuple(path for name in named if name and (path := Path(name).expanduser()).is_file())


def is_in_cluster() -> bool:
    """Whether this is a pod with a service account."""
    names = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
    return all(os.environ.get(name) for name in names) and (SERVICE_ACCOUNT / "token").is_file()


def is_configured() -> bool:
    """Whether there is a cluster to talk to."""
    return bool(kubeconfig_paths()) or is_in_cluster()


def contexts() -> tuple[str, ...]:
    """The contexts of the kubeconfig, in its order; none with a service account. Raises Refused (bad_configuration)."""
    names: dict[str, None] = {}
    for path in kubeconfig_paths():
        for entry in _entries(path, _document(path)):
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                raise Refused("bad_configuration", f"{path}: a context without a name")
            names[entry["name"]] = None
    return tuple(names)


def current_context() -> str:
    """The context that counts where none is named; "" with a service account, or where it is not there.

    Of several files the last one that names it counts, as the official client has it, not kubectl.
    Raises Refused (bad_configuration).
    """
    found: object = ""
    for path in kubeconfig_paths():
        document = _document(path)
        found = document.get("current-context", found) if isinstance(document, dict) else found
    return found if isinstance(found, str) and found in contexts() else ""


def fingerprint() -> Fingerprint:
    """Another one, once the files are others: a client that was built before is then out of date."""
    files = ((path, path.stat()) for path in kubeconfig_paths())
    return tuple((str(path), found.st_mtime_ns, found.st_size) for path, found in files)


def _document(path: Path) -> object:
    """What the file holds. What is wrong is told by its line: the parser's words may repeat a credential."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_KUBECONFIG + 1)
        if len(text) > LARGEST_KUBECONFIG:
            raise Refused("bad_configuration", f"{path}: larger than {LARGEST_KUBECONFIG:,} bytes")
        return yaml.safe_load(text)
    except OSError as error:
        raise Refused("bad_configuration", f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused("bad_configuration", f"{path}: no YAML{f', line {mark.line + 1}' if mark else ''}") from None


def _entries(path: Path, document: object) -> list[object]:
    """The file's contexts."""
    entries = document.get("contexts") or [] if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise Refused("bad_configuration", f"{path}: no kubeconfig")
    return entries
