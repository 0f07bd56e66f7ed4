"""The addresses of the enrolment page, for HR."""

from __future__ import annotations

from django.urls import URLPattern, path

from recognition.views import enrol, library

urlpatterns: list[URLPattern] = [
    path("faces/", library.library, name="face_library"),
    path("faces/<str:number>/", library.person, name="face_person"),
    path("faces/<str:number>/move/", library.move, name="face_move"),
    path("faces/<str:number>/merge/", library.merge, name="face_merge"),
    path("people/<str:number>/enrol/", enrol.page, name="enrol"),
    path("people/<str:number>/enrol/consent", enrol.consent, name="enrol_consent"),
    path("people/<str:number>/enrol/look", enrol.look_at, name="enrol_look"),
    path("people/<str:number>/enrol/photos", enrol.photos, name="enrol_photos"),
    path("people/<str:number>/enrol/clip", enrol.clip, name="enrol_clip"),
    path("people/<str:number>/enrol/photos.json", enrol.progress, name="enrol_progress"),
    path("people/photos/<uuid:photo_id>/chip", enrol.chip, name="photo_chip"),
    path("people/photos/<uuid:photo_id>/override", enrol.override, name="photo_override"),
    path("people/photos/<uuid:photo_id>/delete", enrol.delete, name="photo_delete"),
]
