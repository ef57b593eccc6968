"""Signing in and out."""

from datetime import timedelta
from math import ceil

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.roles import Role, open_to_anyone, requires
from accounts.services.limit_sign_in import count_attempt, forget_attempts
from accounts.services.record_act import record_act
from accounts.views import signed_in


class SignIn(LoginView):
    """The sign-in page; in the demo it names the demo's users. 429 after too many attempts."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        demo_users = Role.values if settings.PORTAL_DEMO else []
        return {**super().get_context_data(**kwargs), "demo_users": demo_users}

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        wait = count_attempt(username=self._username, address=self._address)
        return super().post(request, *args, **kwargs) if wait is None else self._refuse(wait)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        forget_attempts(username=self._username, address=self._address)
        with transaction.atomic():
            response = super().form_valid(form)
            record_act(actor=signed_in(self.request), verb="sign_in", target=_account(self.request))
        return response

    def _refuse(self, wait: timedelta) -> HttpResponse:
        """Says when to try again, without a look at the password."""
        minutes = ceil(wait / timedelta(minutes=1))
        words = ngettext(
            "Too many attempts to sign in. Try again in %d minute.",
            "Too many attempts to sign in. Try again in %d minutes.",
            minutes,
        )
        form = self.get_form_class()(self.request, initial={"username": self._username[:150]})
        headers = {"Retry-After": str(ceil(wait.total_seconds()))}
        context = self.get_context_data(form=form, refusal=words % minutes)
        return self.render_to_response(context, status=429, headers=headers)

    @property
    def _username(self) -> str:
        return self.request.POST.get("username", "")

    @property
    def _address(self) -> str:
        return str(self.request.META.get("REMOTE_ADDR", ""))


@method_decorator(require_POST, name="dispatch")
class SignOut(LogoutView):
    """Ends the session."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> TemplateResponse | HttpResponse:
        with transaction.atomic():
            if request.user.is_authenticated:
                record_act(actor=signed_in(request), verb="sign_out", target=_account(request))
            return super().post(request, *args, **kwargs)


class ChangePassword(PasswordChangeView):
    """A person's own password; every other session of theirs ends with it."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            record_act(actor=signed_in(self.request), verb="change_password", target=_account(self.request))
        messages.success(self.request, _("Your password is changed; you are signed out everywhere else."))
        return response


def _account(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


sign_in = open_to_anyone(SignIn.as_view())
sign_out = open_to_anyone(SignOut.as_view())
change_password = requires(Role.VIEWER)(ChangePassword.as_view())
