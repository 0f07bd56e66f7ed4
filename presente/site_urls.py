"""The front door's addresses."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from presente import first_run, site_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", site_views.home, name="home"),
    path("welcome/", first_run.welcome, name="welcome"),
    path("login/", site_views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
]
