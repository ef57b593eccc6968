from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "shifts"

    def ready(self) -> None:
        """The calendars of whoever may not sign in any more are read by nobody."""
        from accounts.services.manage_users import account_switched  # noqa: PLC0415  # models are loaded only now
        from shifts.services.make_feed import revoke_feeds_of  # noqa: PLC0415

        account_switched.connect(revoke_feeds_of)
