"""`manage.py add_user NAME --role admin`: the first account of an installation without a demo."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts.models import User
from accounts.roles import Role
from accounts.services.manage_users import add_user


class Command(BaseCommand):
    help = "Makes an account. The password is asked for, or read from PORTAL_NEW_PASSWORD where nobody can be asked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--email", default="")
        parser.add_argument("--pagerduty-id", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        taken = Q(username=options["username"])
        if options["pagerduty_id"]:
            taken |= Q(pagerduty_id=options["pagerduty_id"])
        other = User.objects.filter(taken).first()
        if other is not None:
            raise CommandError(f"{other.username} is that account already; an admin changes it on /accounts/users/.")
        password = os.environ.get("PORTAL_NEW_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user = add_user(
            actor=None,
            username=options["username"],
            password=password,
            role=options["role"],
            email=options["email"],
            pagerduty_id=options["pagerduty_id"],
        )
        self.stdout.write(f"{user.username} can sign in as {user.role}.")
