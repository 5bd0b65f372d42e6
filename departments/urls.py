"""Addresses of departments, services and people."""

from django.urls import path

from departments.views import catalogue, people, profile, studio

urlpatterns = [
    path("services/", catalogue.services, name="services"),
    path("services/suggest/", catalogue.suggest, name="suggest"),
    path("departments/<slug:slug>/", catalogue.department, name="department"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("me/", profile.profile, name="profile"),
    path("me/theme/", profile.theme, name="theme"),
    path("me/language/", profile.set_person_language, name="set_person_language"),
    path("studio/<slug:slug>/", studio.shelf, name="studio"),
    path("studio/<slug:slug>/new/", studio.create, name="service_create"),
    path("studio/services/<int:pk>/", studio.edit, name="service_edit"),
    path("studio/services/<int:pk>/state/", studio.state, name="service_state"),
    path("studio/services/<int:pk>/categories/", studio.categories, name="service_categories"),
    path("studio/categories/<int:pk>/", studio.category, name="category_edit"),
    path("studio/categories/<int:pk>/move/", studio.move, name="category_move"),
    path("studio/categories/<int:pk>/state/", studio.category_state, name="category_state"),
]
