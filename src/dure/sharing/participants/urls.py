"""Addresses of the partners' pages, and of what other participants call."""

from django.urls import path

from dure.sharing.participants.views import pages
from dure.sharing.participants.views import wire as machines

app_name = "participants"
urlpatterns = [
    path("", pages.partners, name="partners"),
    path("invite/", pages.invite, name="invite"),
    path("join/", pages.join, name="join"),
    path("credentials/", pages.credentials, name="credentials"),
    path("credentials/ask/", pages.ask, name="ask"),
    path("credentials/revoke/", pages.revoke, name="revoke"),
    path("requests/<slug:pk>/", pages.decide, name="decide"),
    path("trust/", pages.trust, name="trust"),
    path("key/", pages.new_key, name="new_key"),
    path("pairing/<slug:pk>/", pages.pairing_page, name="pairing"),
    path("pairing/<slug:pk>/code.svg", pages.code_picture, name="code_picture"),
    path("pairing/<slug:pk>/standing/", pages.pairing_standing, name="standing"),
    path("pairing/<slug:pk>/answer/", pages.pairing_answer, name="answer"),
    path("<int:pk>/", pages.partner, name="partner"),
    path("<int:pk>/end/", pages.end, name="end"),
]
wire = [
    path(".well-known/did.json", machines.did_json),
    path("dcp/v1.0/presentations/query", machines.query),
    path("dcp/v1.0/credentials", machines.store),
    path("dcp/v1.0/offers", machines.offer),
    path("dcp/v1.0/issuer/metadata", machines.metadata),
    path("dcp/v1.0/issuer/schemas/<slug:kind>.json", machines.schema),
    path("dcp/v1.0/issuer/credentials", machines.request_credentials),
    path("dcp/v1.0/issuer/requests/<slug:pk>", machines.request_status),
    path("dcp/v1.0/status/<int:number>", machines.status_list),
    path("pair/meet", machines.meet),
    path("pair/agree", machines.agree),
    path("pair/", machines.door, name="pair_door"),
]
