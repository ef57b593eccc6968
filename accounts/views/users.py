"""What admins set for others: who may sign in, in which role, and as which PagerDuty user."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import NewUserForm, UserForm
from accounts.models import User
from accounts.roles import Role, requires
from accounts.services.edit_profile import StaleVersion
from accounts.services.manage_users import LastAdmin, add_user, change_user
from accounts.views import signed_in


@requires(Role.ADMIN)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, the active ones first."""
    users = User.objects.order_by("-is_active", "username")
    return render(request, "accounts/users.html", {"users": users})


@requires(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new account with its first password."""
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = add_user(actor=signed_in(request), **form.cleaned_data)
        messages.success(request, _("%(name)s can sign in now.") % {"name": user.display_name})
        return redirect("accounts:users")
    return render(request, "accounts/user.html", {"form": form, "person": None}, status=422 if form.errors else 200)


@requires(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account. 409 where another admin saved first; nobody can take the last admin's role away."""
    person = get_object_or_404(User, pk=user_id)
    if request.method == "GET":
        return render(request, "accounts/user.html", {"form": UserForm(instance=person), "person": person})
    form = UserForm(request.POST, instance=User.objects.get(pk=user_id))
    status = 422
    if form.is_valid():
        try:
            change_user(actor=signed_in(request), user_id=user_id, **form.cleaned_data)
        except StaleVersion as stale:
            sent = request.POST.copy()
            sent["version"] = str(stale.theirs.version)
            form = UserForm(sent, instance=stale.theirs)
            form.add_error(None, _("Another admin saved first. Below are your values; saving again stores them."))
            status = 409
        except LastAdmin:
            form.add_error("role", _("This is the last active admin. Make somebody else admin first."))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:users")
    return render(request, "accounts/user.html", {"form": form, "person": person}, status=status)
