"""The agreements under which the TCK transfers; in life a negotiation makes them."""

import django

django.setup()

from django.utils import timezone  # noqa: E402 - after the set-up that models need

from dure.sharing.exchange import Agreement, Role  # noqa: E402
from scripted.identity import TCK  # noqa: E402
from scripted.script import ASKED, SERVED  # noqa: E402

for role, names in ((Role.PROVIDER, SERVED), (Role.CONSUMER, ASKED)):
    for name in names:
        Agreement.objects.create(id=name, role=role, peer=TCK, dataset=name, final=timezone.now())
