"""A node as it is, but for what the TCK needs: its mock identity, its datasets, its script, its triggers."""

import os

from dure.node.settings import *  # noqa: F403 - a node's settings, with the few below put over them
from dure.node.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "scripted.apps.Scripted"]
ROOT_URLCONF = "scripted.urls"
DURE_SHARING_PLAIN_HTTP = True
DURE_DSP_VERIFIER = "scripted.identity.verified"
DURE_DSP_TOKEN = "scripted.identity.token"
DURE_DSP_OWN = "scripted.identity.own"
DURE_OFFERS = "scripted.script.offered_to"
DURE_DSP_DECIDES = "scripted.script.decide"
DURE_DSP_DATA = "scripted.script.data_for"
# A courier that was killed holds its message so long. [s]
DURE_DSP_HOLD = float(os.environ.get("SCRIPT_HOLD", "30"))
