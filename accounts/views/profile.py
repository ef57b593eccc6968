"""What people set for themselves."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.models import Theme, User
from accounts.roles import Role, requires
from accounts.services.edit_profile import StaleVersion, edit_profile, switch_preference
from accounts.views import back, signed_in


@requires(Role.VIEWER)
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """A person's own preferences; 409 with both versions when another tab saved first."""
    user = signed_in(request)
    if request.method == "GET":
        return render(request, "accounts/profile.html", {"form": ProfileForm(instance=user), "conflict": None})
    # A copy: the form writes into its instance while it validates, and the page around it shows the stored one.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=user.pk))
    if not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form, "conflict": None}, status=422)
    try:
        edit_profile(user_id=user.pk, **form.cleaned_data)
    except StaleVersion as stale:
        mine, theirs = form.cleaned_data, ProfileForm(instance=stale.theirs)
        context = {"form": form, "conflict": {"mine": mine, "theirs": theirs.initial}}
        return render(request, "accounts/profile.html", context, status=409)
    messages.success(request, _("Saved."))
    return redirect("accounts:profile")


@requires(Role.VIEWER)
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The header's language switch."""
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES):
        switch_preference(user_id=signed_in(request).pk, language=language)
    return back(request, otherwise=reverse("incidents:board"))


@requires(Role.VIEWER)
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """The header's theme switch."""
    theme = request.POST.get("theme")
    if theme in Theme.values:
        switch_preference(user_id=signed_in(request).pk, theme=theme)
    return back(request, otherwise=reverse("incidents:board"))
