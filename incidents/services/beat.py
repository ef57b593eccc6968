"""Signs of life: each process that watches the clocks says now and then that it does."""

import os
import socket
from datetime import timedelta

from django.db import transaction

from accounts.database_time import DatabaseNow
from incidents.models import Heartbeat

#: How often a process beats (seconds), and after how long a silent one is forgotten.
BEAT_EVERY = 5.0
FORGOTTEN_AFTER = timedelta(days=1)


@transaction.atomic
def beat(*, name: str) -> None:
    """Notes that this process of the kind `name` lives."""
    process = f"{socket.gethostname()}:{os.getpid()}"[:128]
    Heartbeat.objects.update_or_create(name=name, process=process, defaults={"beaten_at": DatabaseNow()})
    Heartbeat.objects.filter(name=name, beaten_at__lt=DatabaseNow() - FORGOTTEN_AFTER).delete()
