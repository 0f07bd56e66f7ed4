"""The addresses of people's own pages, and of files about people."""

from __future__ import annotations

from django.urls import URLPattern, path

from employees import bulk_views, delegation_views, import_api, import_views, portrait_views, scim, views

urlpatterns: list[URLPattern] = [
    path("people/<str:number>/", views.person, name="person"),
    path("people/<str:number>/portrait/<int:size>", portrait_views.portrait, name="portrait"),
    path("bulk/<uuid:key>/", bulk_views.bulk_done, name="bulk_done"),
    path("bulk/<uuid:key>/undo/", bulk_views.bulk_undo, name="bulk_undo"),
    path("delegates/", delegation_views.delegates, name="delegates"),
    path("delegates/<int:key>/end/", delegation_views.delegate_end, name="delegate_end"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<uuid:key>/", import_views.import_file, name="import_file"),
    path("imports/template/<str:kind>.<str:form>", import_views.import_template, name="import_template"),
    path("api/v1/imports", import_api.ImportsView.as_view(), name="api_imports"),
    path("api/v1/imports/<uuid:key>", import_api.ImportView.as_view(), name="api_import"),
    path("scim/v2/ServiceProviderConfig", scim.ConfigView.as_view(), name="scim_config"),
    path("scim/v2/Users", scim.UsersView.as_view(), name="scim_users"),
    path("scim/v2/Users/<int:key>", scim.UserView.as_view(), name="scim_user"),
]
