"""Where each room's pages are."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dure.plant.inventory.urls import of_equipment
from dure.sharing.participants.urls import wire as of_participants

# One way in: the administration pages take the sign-in of everybody else, with its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # as allauth documents it

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dure.foundation.web.urls")),
    path("line/", include("dure.plant.deploy.urls")),
    path("alarms/", include("dure.plant.alarms.urls")),
    path("trends/", include("dure.plant.trends.urls")),
    path("threads/", include("dure.plant.threads.urls")),
    path("equipment/", include(of_equipment)),
    path("data/", include("dure.plant.inventory.urls")),
    path("events/", include("dure.plant.events.urls")),
    path("historian/", include("dure.node.programs")),
    path("serve/", include("dure.plant.serve.urls")),
    path("models/", include("dure.plant.registry.urls")),
    path("labels/", include("dure.plant.labels.urls")),
    path("sheet/", include("dure.plant.studio.urls")),
    path("procedures/", include("dure.foundation.procedure.urls")),
    path("trade/", include("dure.sharing.trade.urls")),
    path("people/", include("dure.foundation.parties.urls")),
    path("", include(of_participants)),
    path("", include("dure.sharing.exchange.urls")),
    path("partners/", include("dure.sharing.participants.urls")),
    path("catalog/", include("dure.sharing.catalog.urls")),
    path("certificates/", include("dure.sharing.certification.urls")),
    path("account/", include("allauth.urls")),
    path("administration/", admin.site.urls),
]
handler403 = "dure.foundation.web.views.forbidden"
handler404 = "dure.foundation.web.views.not_found"
handler500 = "dure.foundation.web.views.broken"
