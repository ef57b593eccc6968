"""Looking up whether what the catalogue names is there. What cannot be looked up now is not called missing."""

from collections.abc import Callable, Iterable

from accounts.database_time import DatabaseNow
from cluster.enums import MappingProblem
from cluster.models import CatalogueEntry, Problem
from integrations.aws import Aws
from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.client import Cluster

type ClusterOf = Callable[[str], Cluster]


def check_entries(*, cluster_of: ClusterOf, aws: Aws) -> int:
    """Stores for every entry what it names and is not there. Returns how many entries point nowhere.

    `cluster_of` gives the client of a context. An entry whose cluster or AWS cannot be asked keeps what was known.
    """
    databases = _Databases(aws)
    broken = 0
    for entry in CatalogueEntry.objects.order_by("pk"):
        in_cluster, in_aws = _cluster_problems(entry, cluster_of), databases.missing(entry)
        known = entry.problems
        problems = [
            *(in_cluster if in_cluster is not None else _of(known, is_database=False)),
            *(in_aws if in_aws is not None else _of(known, is_database=True)),
        ]
        broken += bool(problems)
        if in_cluster is not None or in_aws is not None:
            CatalogueEntry.objects.filter(pk=entry.pk).update(problems=problems, checked_at=DatabaseNow())
    return broken


def _of(problems: Iterable[Problem], *, is_database: bool) -> list[Problem]:
    return [each for each in problems if (each["code"] == MappingProblem.NO_DATABASE) is is_database]


def _cluster_problems(entry: CatalogueEntry, cluster_of: ClusterOf) -> list[Problem] | None:
    """What the cluster does not have; None where it cannot be asked."""
    if not entry.namespace:
        return []
    try:
        cluster = cluster_of(entry.context)
    except Refused as error:
        is_unknown = error.code == "bad_configuration" and entry.context
        return [{"code": MappingProblem.NO_CONTEXT.value, "detail": entry.context}] if is_unknown else None
    try:
        problems: list[Problem] = []
        if entry.deployment and not _has_deployment(cluster, entry):
            problems.append({"code": MappingProblem.NO_DEPLOYMENT.value, "detail": entry.deployment})
        if entry.selector and not _has_pods(cluster, entry):
            problems.append({"code": MappingProblem.NO_PODS.value, "detail": entry.selector})
    except Refused as error:
        if error.code in ("forbidden", "not_found"):
            return [{"code": MappingProblem.NO_NAMESPACE.value, "detail": entry.namespace}]
        return None
    except IntegrationError:
        return None
    return problems


#: A service's own name may be none that an object of the cluster can have.
_NOTHING_OF_THE_NAME = frozenset({"not_found", "invalid"})


def _has_deployment(cluster: Cluster, entry: CatalogueEntry) -> bool:
    try:
        cluster.deployment(entry.namespace, entry.deployment)
    except Refused as error:
        if error.code not in _NOTHING_OF_THE_NAME:
            raise
        return False
    return True


def _has_pods(cluster: Cluster, entry: CatalogueEntry) -> bool:
    try:
        return bool(cluster.pods(entry.namespace, selector=entry.selector))
    except Refused as error:
        if error.code != "invalid":
            raise
        return False


class _Databases:
    """AWS's database instances, asked for once."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._known: set[str] | None = None
        self._is_silent = False

    def missing(self, entry: CatalogueEntry) -> list[Problem] | None:
        """The databases that AWS does not have; None where it cannot be asked."""
        if not entry.databases:
            return []
        if self._known is None and not self._is_silent:
            try:
                self._known = {each.id for each in self._aws.databases()}
            except IntegrationError:
                self._is_silent = True
        if self._known is None:
            return None
        gone = [name for name in entry.databases if name not in self._known]
        return [{"code": MappingProblem.NO_DATABASE.value, "detail": name} for name in gone]
