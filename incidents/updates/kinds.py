"""The closed sets of words of stakeholder updates. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class UpdateState(models.TextChoices):
    """How far an update says that the work is. The last one ends the story for the stakeholders."""

    INVESTIGATING = "investigating", _("Investigating")
    IDENTIFIED = "identified", pgettext_lazy("the cause of an incident", "Identified")
    MONITORING = "monitoring", pgettext_lazy("whether a fix holds", "Monitoring")
    RESOLVED = "resolved", _("Resolved")


class UpdateChannel(models.TextChoices):
    """Where an update is told, in the order in which the composer shows them."""

    STATUS_PAGE = "status_page", _("Status page")
    PAGERDUTY = "pagerduty", "PagerDuty"
    SLACK = "slack", "Slack"


class UpdateOccasion(models.TextChoices):
    """What a template is for: an incident of a severity, or one that is over."""

    P0 = "P0", "P0"
    P1 = "P1", "P1"
    P2 = "P2", "P2"
    P3 = "P3", "P3"
    OVER = "over", _("It is over")
