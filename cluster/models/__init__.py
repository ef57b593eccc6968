"""Fields, constraints and short properties; what is written with them stands in `cluster.services`."""

from cluster.models.catalogue import CatalogueEntry, Problem
from cluster.models.change import Change
from cluster.models.state import ClusterState

__all__ = ["CatalogueEntry", "Change", "ClusterState", "Problem"]
