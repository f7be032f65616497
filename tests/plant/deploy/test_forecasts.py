"""A forecast does not run on the line in this release: it is refused in one sentence, and nothing is left behind."""

import pytest

from dure.plant.deploy import Deployment, deploy
from dure.plant.deploy.line import ForecastStays


@pytest.mark.django_db(transaction=True)
def test_a_forecast_is_refused_by_the_line(released, engineer, at_home):
    released.card = {**released.card, "reckoned": {"ahead": {"told": "24 h"}}}
    with pytest.raises(ForecastStays, match="foretells 24 h ahead"):
        deploy(released, "tomorrow", at_home.assets("Cell01"), engineer, reason="to see tomorrow")
    assert not Deployment.objects.filter(name="tomorrow").exists()
