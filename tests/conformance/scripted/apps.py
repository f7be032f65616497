"""The fixture as Django sees it; where the test asks for it, it sweeps the outbox as the node's worker does."""

import os
import threading
import time

from django.apps import AppConfig


class Scripted(AppConfig):
    name = "scripted"

    def ready(self):
        if os.environ.get("SCRIPT_SWEEP"):
            threading.Thread(target=sweep, args=(float(os.environ["SCRIPT_SWEEP"]),), daemon=True).start()


def sweep(every):
    from dure.sharing.exchange import deliver_due

    while True:
        time.sleep(every)
        deliver_due()
