"""Addresses of the plan."""

from __future__ import annotations

from django.urls import URLPattern, path

from planning import api
from planning.views import board, own, requests

urlpatterns: list[URLPattern] = [
    path("plan/", board.board, name="plan"),
    path("plan/cell/", board.cell, name="plan_cell"),
    path("plan/undo/", board.undo, name="plan_undo"),
    path("plan/copy/", board.copy_week, name="plan_copy_week"),
    path("plan/publish/", board.publish, name="plan_publish"),
    path("plan/rotation/", board.rotation, name="plan_rotation"),
    path("plan/open/", requests.offer, name="plan_open"),
    path("plan/open/<int:key>/remove/", requests.offer_remove, name="plan_open_remove"),
    path("plan/requests/", requests.waiting, name="plan_requests"),
    path("plan/requests/<int:key>/", requests.request_decide, name="plan_request_decide"),
    path("plan/swaps/<int:key>/", requests.decide_swap, name="plan_swap_decide"),
    path("plan/me/", own.my_shifts, name="my_shifts"),
    path("plan/me/open/<int:key>/", own.ask, name="own_shift_ask"),
    path("plan/me/requests/<int:key>/withdraw/", own.ask_withdraw, name="own_shift_withdraw"),
    path("plan/me/swap/", own.swap_new, name="own_swap"),
    path("plan/me/swaps/<int:key>/answer/", own.answer_swap, name="own_swap_answer"),
    path("plan/me/swaps/<int:key>/withdraw/", own.withdraw_swap, name="own_swap_withdraw"),
    path("api/v1/plan", api.PlanEndpoint.as_view(), name="api_plan"),
]
