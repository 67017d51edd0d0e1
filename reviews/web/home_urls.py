"""The address of everybody's home."""

from django.urls import path

from reviews.web import home

urlpatterns = [path("", home.home, name="home")]
