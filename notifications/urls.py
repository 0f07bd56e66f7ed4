from django.urls import path

from notifications import views

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.notifications_read, name="notifications_read"),
    path("notifications/choices/", views.notification_choices, name="notification_choices"),
    path("notifications/chat/", views.notification_chat, name="notification_chat"),
    path("notifications/company/", views.notification_company, name="notification_company"),
    path("notifications/push/", views.notification_push, name="notification_push"),
    path("notifications/<uuid:key>/open/", views.notification_open, name="notification_open"),
]
