"""The node's addresses, and the two triggers by which the TCK makes us begin something."""

from django.urls import include, path

from scripted import triggers

urlpatterns = [
    path("tck/negotiations/requests", triggers.negotiation),
    path("tck/transfers/requests", triggers.transfer),
    path("", include("dure.node.urls")),
]
