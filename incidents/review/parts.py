"""What a review consists of. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewPart(models.TextChoices):
    """What a review says in words, in the order in which it is read. The values name its columns."""

    ROOT_CAUSE = "root_cause", _("Root cause")
    CONTRIBUTING_FACTORS = "contributing_factors", _("Contributing factors")
    WENT_WELL = "went_well", _("What went well")

    @property
    def is_list(self) -> bool:
        """Whether each line is an item of its own."""
        return self is not self.ROOT_CAUSE
