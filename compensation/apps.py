from django.apps import AppConfig


class CompensationConfig(AppConfig):
    name = "compensation"

    def ready(self) -> None:
        """The demo gets a rule, so that its pages show something."""
        from accounts.services.seed_demo import demo_seeded  # noqa: PLC0415  # models are loaded only now
        from compensation.services.first_rule import make_demo_rule  # noqa: PLC0415

        demo_seeded.connect(make_demo_rule)
