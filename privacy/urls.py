"""The addresses of privacy."""

from __future__ import annotations

from django.urls import URLPattern, path

from privacy import company_views, consent_views, views

urlpatterns: list[URLPattern] = [
    path("people/<str:number>/privacy/", views.person, name="privacy_person"),
    path("people/<str:number>/privacy/erase", views.erase, name="privacy_erase"),
    path("people/<str:number>/privacy/hold", views.hold, name="privacy_hold"),
    path("people/<str:number>/privacy/data.zip", views.hand_over, name="access_request"),
    path("privacy/me/data.zip", views.own_data, name="own_access_request"),
    path("people/<str:number>/privacy/consent-link", consent_views.hand_out, name="consent_link_make"),
    path("privacy/me/consent/", consent_views.own, name="own_consent"),
    path("privacy/me/consent/<int:key>.pdf", consent_views.receipt, name="consent_receipt"),
    path("consent/<str:token>/", consent_views.by_link, name="consent_link"),
    path("privacy/", company_views.overview, name="privacy_overview"),
    path("privacy/search", company_views.search, name="privacy_search"),
    path("privacy/retention", company_views.retention, name="privacy_retention"),
    path("privacy/audit/", views.audit_trail, name="audit_trail"),
    path("privacy/erasures/<uuid:key>/verify", views.verify, name="erasure_verify"),
    path("privacy/erasures/<uuid:key>.<str:form>", views.receipt, name="erasure_receipt"),
]
