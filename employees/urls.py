"""The addresses of people's own pages, and of files about people."""

from __future__ import annotations

from django.urls import URLPattern, path

from employees import delegation_views, import_views, scim, views

urlpatterns: list[URLPattern] = [
    path("people/<str:number>/", views.person, name="person"),
    path("delegates/", delegation_views.delegates, name="delegates"),
    path("delegates/<int:key>/end/", delegation_views.delegate_end, name="delegate_end"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<uuid:key>/", import_views.import_file, name="import_file"),
    path("imports/template/<str:kind>.<str:form>", import_views.import_template, name="import_template"),
    path("scim/v2/ServiceProviderConfig", scim.ConfigView.as_view(), name="scim_config"),
    path("scim/v2/Users", scim.UsersView.as_view(), name="scim_users"),
    path("scim/v2/Users/<int:key>", scim.UserView.as_view(), name="scim_user"),
]
