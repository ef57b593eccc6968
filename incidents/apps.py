from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        """Rows follow the names of the people in them."""
        from accounts.services.note_people import person_renamed  # noqa: PLC0415  # models are loaded only now
        from incidents.services.announce import renew_rows_of_person  # noqa: PLC0415

        person_renamed.connect(renew_rows_of_person)
