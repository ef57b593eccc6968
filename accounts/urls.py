from django.urls import path

from accounts.views import profile, session, users

app_name = "accounts"

urlpatterns = [
    path("login/", session.sign_in, name="login"),
    path("logout/", session.sign_out, name="logout"),
    path("password/", session.change_password, name="change_password"),
    path("profile/", profile.profile, name="profile"),
    path("language/", profile.set_language, name="set_language"),
    path("theme/", profile.set_theme, name="set_theme"),
    path("users/", users.index, name="users"),
    path("users/add/", users.add, name="add_user"),
    path("users/<int:user_id>/", users.change, name="change_user"),
]
