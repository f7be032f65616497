"""The worker's duties: a fault of one is told once, tried again, and stops no other."""

import threading

import pytest
from structlog.testing import capture_logs

from dure.node.worker import Duty, keep_doing


@pytest.mark.django_db
@pytest.mark.timeout(60)
def test_a_duty_that_fails_is_told_once_and_goes_on_when_it_can():
    done, ended = [], threading.Event()

    def act():
        done.append(len(done))
        if len(done) < 3:
            raise ConnectionError("the historian is down")
        if len(done) == 5:
            ended.set()

    with capture_logs() as lines:
        keep_doing(Duty("scoring", 0.01, act, longest_wait=0.02), ended)
    assert len(done) == 5
    assert [(line["event"], line["duty"]) for line in lines] == [
        ("duty.failed", "scoring"),
        ("duty.works_again", "scoring"),
    ]
