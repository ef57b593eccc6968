"""The project: settings, URLs, processes. Everything else is imported by it, never the other way round."""

from oncall_portal.celery import app as celery_app

__all__ = ["celery_app"]
