"""Contexts of the kubeconfig by their names, so that one cluster has one name wherever it is stored and compared."""

from integrations.errors import Refused
from integrations.kubernetes.configuration import current_context

#: What the database can hold; nobody's context has a longer name.
LONGEST = 253


def context_name(context: str) -> str:
    """The context's name: "" means the kubeconfig's current one. It stays "" where that has no name, as in a pod."""
    if context:
        return context
    try:
        name = current_context()
    except Refused:
        # What is wrong with the kubeconfig is told by whoever asks the cluster.
        return ""
    return name if name.isprintable() and len(name) <= LONGEST else ""
