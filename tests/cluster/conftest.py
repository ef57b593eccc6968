"""The cast, a demo cluster, a simulated AWS."""

from tests.cast import cast
from tests.demo_cluster import aws, cluster, served_aws, served_cluster

__all__ = ["aws", "cast", "cluster", "served_aws", "served_cluster"]
