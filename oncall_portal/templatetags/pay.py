"""Money and hours of leave in templates, as the reader's language writes them."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from compensation.money import money_words, plain

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """«NT$1,234.50»."""
    return money_words(amount, currency)


@register.filter
def factor(by: Decimal) -> str:
    """«1.5»: by how much a day counts more."""
    return number_format(Decimal(plain(by)))


@register.filter
def leave_hours(amount: Decimal) -> str:
    """«4.5 h»: no more digits than there are."""
    return _("%(hours)s h") % {"hours": number_format(Decimal(plain(amount)))}
