from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        """Rows follow the names of the people in them; there is always a policy; shifts learn how soon to respond."""
        import incidents.checks  # noqa: F401, PLC0415  # registers itself
        from accounts.services.note_people import person_renamed  # noqa: PLC0415  # models are loaded only now
        from incidents.policies import worst_respond_limit  # noqa: PLC0415
        from incidents.services.announce import renew_rows_of_person  # noqa: PLC0415
        from incidents.services.first_policy import make_first_policy  # noqa: PLC0415
        from shifts.respond_limit import provide_respond_limit  # noqa: PLC0415

        provide_respond_limit(worst_respond_limit)
        person_renamed.connect(renew_rows_of_person)
        post_migrate.connect(make_first_policy, sender=self)
