"""`POST` of the TCK: begin a negotiation or a transfer with it."""

import json

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt

from dure.sharing import exchange
from scripted.script import offer_of


@csrf_exempt
def negotiation(request):
    asked = json.loads(request.body)
    begun = exchange.negotiate(
        asked["connectorAddress"],
        asked["datasetId"],
        {**offer_of(asked["datasetId"]), "@id": asked["offerId"]},
        provider=asked["providerId"],
    )
    return JsonResponse({"pid": begun.pid})


@csrf_exempt
def transfer(request):
    asked = json.loads(request.body)
    begun = exchange.transfer(asked["agreementId"], asked["format"], provider_url=asked["connectorAddress"])
    return JsonResponse({"pid": begun.pid})
