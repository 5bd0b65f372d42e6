"""Addresses of departments, services and people."""

from django.urls import path

from departments.views import absences, catalogue, on_call, people, profile, rota, studio, times

urlpatterns = [
    path("services/", catalogue.services, name="services"),
    path("services/suggest/", catalogue.suggest, name="suggest"),
    path("departments/<slug:slug>/", catalogue.department, name="department"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("me/", profile.profile, name="profile"),
    path("me/theme/", profile.theme, name="theme"),
    path("me/language/", profile.set_person_language, name="set_person_language"),
    path("me/absences/", absences.add, name="absence_add"),
    path("absences/<int:pk>/withdraw/", absences.withdraw, name="absence_withdraw"),
    path("desk/<slug:slug>/on-call/", on_call.on_call, name="on_call"),
    path("desk/<slug:slug>/on-call/cover/", on_call.cover, name="on_call_cover"),
    path("desk/<slug:slug>/on-call/swap/", on_call.swap, name="on_call_swap"),
    path("desk/<slug:slug>/on-call/absence/", on_call.absence, name="on_call_absence"),
    path("desk/<slug:slug>/on-call/covers/<int:pk>/", on_call.cancel, name="on_call_cancel"),
    path("desk/<slug:slug>/on-call/setup/", rota.setup, name="rota"),
    path("desk/<slug:slug>/on-call/layers/new/", rota.create_layer, name="rota_layer_create"),
    path("desk/<slug:slug>/on-call/layers/<int:pk>/", rota.layer, name="rota_layer"),
    path(
        "desk/<slug:slug>/on-call/layers/<int:pk>/remove/",
        rota.remove_layer,
        name="rota_layer_remove",
    ),
    path("studio/<slug:slug>/", studio.shelf, name="studio"),
    path("studio/<slug:slug>/times/", times.desk_times, name="studio_times"),
    path("house/times/", times.house_times, name="house_times"),
    path("studio/<slug:slug>/new/", studio.create, name="service_create"),
    path("studio/services/<int:pk>/", studio.edit, name="service_edit"),
    path("studio/services/<int:pk>/state/", studio.state, name="service_state"),
    path("studio/services/<int:pk>/categories/", studio.categories, name="service_categories"),
    path("studio/categories/<int:pk>/", studio.category, name="category_edit"),
    path("studio/categories/<int:pk>/move/", studio.move, name="category_move"),
    path("studio/categories/<int:pk>/state/", studio.category_state, name="category_state"),
]
