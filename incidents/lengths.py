"""Lengths of time in words. Pure."""

from datetime import timedelta

from django.utils.translation import ngettext


def in_words(length: timedelta | None) -> str:
    """A duration as a person says it: the two largest units, from seconds to days."""
    if length is None:
        return ""
    seconds = max(round(length.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        ngettext("%d day", "%d days", days) % days if days else "",
        ngettext("%d h", "%d h", hours) % hours if hours else "",
        ngettext("%d min", "%d min", minutes) % minutes if minutes else "",
        ngettext("%d s", "%d s", seconds) % seconds if seconds else "",
    ]
    return " ".join([part for part in parts if part][:2]) or ngettext("%d s", "%d s", 0) % 0


def tersely(length: timedelta) -> str:
    """As the guide writes it: 45min, 2h 05min, 3d 4h; at least a minute."""
    minutes = max(1, round(length / timedelta(minutes=1)))
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days}d {hours % 24}h"
    return f"{hours}h {minutes % 60:02}min" if hours else f"{minutes}min"
