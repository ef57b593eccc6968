"""Signing in and out."""

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from accounts.roles import Role, open_to_anyone


class SignIn(LoginView):
    """The sign-in page; in the demo it names the demo's users."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        demo_users = Role.values if settings.PORTAL_DEMO else []
        return {**super().get_context_data(**kwargs), "demo_users": demo_users}


@method_decorator(require_POST, name="dispatch")
class SignOut(LogoutView):
    """Ends the session."""


sign_in = open_to_anyone(SignIn.as_view())
sign_out = open_to_anyone(SignOut.as_view())
