"""The closed sets of words for what runs, how it is and what was changed. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MitigationVerb(models.TextChoices):
    """What the portal can do about a service (the guide, «Common alerts»)."""

    SCALE = "scale", _("Scale")
    DELETE_POD = "delete_pod", _("Delete a pod")
    ROLL_BACK = "roll_back", _("Roll back")
    RESTART = "restart", _("Restart the rollout")
    REBOOT_RDS = "reboot_rds", _("Reboot the database")


#: What a service allows until somebody says otherwise: the guide's own. A database's reboot is behind a switch as well.
USUAL_VERBS = (MitigationVerb.SCALE, MitigationVerb.DELETE_POD, MitigationVerb.ROLL_BACK, MitigationVerb.RESTART)


class EvidenceKind(models.TextChoices):
    """What is looked at in the first assessment, in the order of the guide's step 3."""

    PODS = "pods", _("Pods")
    EVENTS = "events", _("Events")
    LOGS = "logs", _("Logs")
    ROLLOUTS = "rollouts", _("Rollouts")
    TOP = "top", _("Top")
    RDS = "rds", _("RDS")
    GRAFANA = "grafana", _("Grafana")


class ChangeKind(models.TextChoices):
    ROLLOUT = "rollout", _("Rollout")
    EVENT = "event", _("PagerDuty change event")
    MAINTENANCE = "maintenance", _("Planned maintenance")


class MappingProblem(models.TextChoices):
    """Why an entry of the catalogue points nowhere."""

    NO_CONTEXT = "no_context", _("The kubeconfig has no such context.")
    NO_NAMESPACE = "no_namespace", _("The namespace is not there, or the portal may not look into it.")
    NO_DEPLOYMENT = "no_deployment", _("The namespace has no deployment of this name.")
    NO_PODS = "no_pods", _("No pod carries the labels of the selector.")
    NO_DATABASE = "no_database", _("AWS knows no database instance of this name.")


class Obstacle(models.TextChoices):
    """Why the cluster, AWS or Grafana could not be read, by the integrations' codes, as sentences."""

    NOT_CONFIGURED = "not_configured", _("No cluster is connected.")
    BAD_CONFIGURATION = "bad_configuration", _("The kubeconfig cannot be used.")
    UNREACHABLE = "unreachable", _("It cannot be reached.")
    TIMEOUT = "timeout", _("It does not answer in time.")
    BROKEN = "broken", _("It answers with an error of its own.")
    LIMITED = "limited", _("It is asked too often; the portal waits.")
    GONE = "gone", _("It has forgotten what the portal knew; everything is read anew.")
    UNTRUSTED = "untrusted", _("Its certificate is not from an authority that the portal trusts.")
    UNAUTHORIZED = "unauthorized", _("It does not accept the portal's credentials.")
    FORBIDDEN = "forbidden", _("The portal's credentials do not allow this.")
    NOT_FOUND = "not_found", _("It is not there.")
    NO_METRICS = "no_metrics", _("No metrics-server is installed, so that usage is not known.")
    NO_REGION = "no_region", _("No AWS region is configured.")
    NO_CREDENTIALS = "no_credentials", _("No AWS credentials are configured.")
    EXPIRED_TOKEN = "expired_token", _("The AWS session has expired; new credentials are needed.")
    MALFORMED = "malformed", _("Its answer cannot be read.")
    CONFLICT = "conflict", _("Somebody changed it at the same moment.")
    CHANGED = "changed", _("It is not the same any more.")
    INVALID = "invalid", _("It refuses the request as invalid.")
    UNKNOWN = "unknown", _("It could not be read.")

    @classmethod
    def of(cls, code: str) -> "Obstacle":
        """The trouble of an integration's code."""
        return cls(code) if code in cls.values else cls.UNKNOWN

    @classmethod
    def of_error(cls, error: str) -> "Obstacle | None":
        """The trouble of an error as it is kept: an integration's code, its words behind it. None for none."""
        return cls.of(error.partition(":")[0]) if error else None
