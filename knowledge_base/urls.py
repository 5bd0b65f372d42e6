"""Addresses of the knowledge base."""

from django.urls import path

from knowledge_base.views import reading

urlpatterns = [
    path("knowledge/", reading.knowledge, name="knowledge"),
    path("knowledge/<int:pk>/", reading.permalink, name="article_permalink"),
    path("knowledge/<int:pk>/helped/", reading.say, name="article_vote"),
    path("knowledge/<int:pk>/<str:language>/<str:name>/", reading.article, name="article"),
]
