"""The pages: certificates, one of them in plain words in both languages, and one that came from outside."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import Case, install
from dure.sharing.certification.keeping import keep
from dure.sharing.certification.models import Issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def come(client, db, home):
    del db, home

    def signed_in(role="engineer", language="en"):
        person, new = Person.objects.get_or_create(
            username=role, defaults={"name": role.title(), "language": language}
        )
        if new:
            give_role(person, role, Organisation.objects.get_or_create(name="Daon")[0])
        client.force_login(person)
        client.cookies["dure_language"] = language
        return client

    return signed_in


@pytest.fixture
def issued(certificate, db, home):
    del db, home
    return keep(certificate)


@pytest.mark.usefixtures("issued")
def test_the_list_tells_what_stands(come):
    page = come().get(reverse("certification:certificates")).content.decode()
    assert "Pump loop" in page
    assert "in force" in page
    assert "self-declared" in page
    assert (
        "Nothing found."
        in come().get(reverse("certification:certificates"), {"words": "press"}).content.decode()
    )
    assert (
        "Nothing found."
        in come().get(reverse("certification:certificates"), {"only": "register"}).content.decode()
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "The data meet every requirement.",
                "self-declared: nobody outside",
                "Whose word it is",
                "Accessibility",
            ),
        ),
        (
            "ko",
            (
                "데이터가 모든 요구 조건을 채웁니다.",
                "외부에서 데이터를 확인한 사람은 없습니다",
                "누구의 말인가",
                "접근성",
            ),
        ),
    ],
)
def test_one_certificate_is_told_in_plain_words(come, issued, language, words):
    answer = come(language=language).get(reverse("certification:certificate", args=[issued.pk]))
    page = answer.content.decode()
    assert [word for word in words if word not in page] == []
    assert issued.root in page


@pytest.mark.parametrize("scheme", ["iso25012", "iso5259", "iso8000", "kdata", "nonsense"])
def test_each_scheme_has_its_report(come, issued, scheme):
    answer = come().get(reverse("certification:certificate", args=[issued.pk]), {"as": scheme})
    assert answer.status_code == 200
    assert answer.context["scheme"] == ("iso25012" if scheme == "nonsense" else scheme)


def test_the_file_goes_out_and_comes_back_in(come, issued, certificate):
    client = come()
    file = client.get(reverse("certification:download", args=[issued.pk]))
    assert file.content.decode() == certificate.written()
    back = client.post(reverse("certification:check"), {"file": SimpleUploadedFile("c.json", file.content)})
    assert "Signed by did:key" in back.content.decode()
    changed = file.content.replace(b"Pump loop", b"Gold mine")
    refused = client.post(reverse("certification:check"), {"file": SimpleUploadedFile("c.json", changed)})
    assert "another thing than what is signed" in refused.content.decode()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{}", b"[]", b"<script>alert(1)</script>", b"{" * 5_000]
)
def test_nonsense_handed_in_is_refused_in_words(come, content):
    answer = come().post(
        reverse("certification:check"), {"file": SimpleUploadedFile("<b>c</b>.json", content)}
    )
    assert answer.status_code == 200
    assert "<b>c</b>" not in answer.content.decode()
    assert "no certificate that can be read" in answer.content.decode()


def test_an_engineer_opens_an_application_and_only_an_owner_withdraws(come, issued):
    from pathlib import Path

    from django.conf import settings

    install([Path(one) for one in settings.DURE_PROCEDURES])
    assert come("worker").post(reverse("certification:apply", args=[issued.pk])).status_code == 403
    assert (
        come("engineer")
        .post(reverse("certification:withdraw", args=[issued.pk]), {"reason": "x"})
        .status_code
        == 403
    )
    come("engineer").post(reverse("certification:apply", args=[issued.pk]))
    assert Case.objects.get().about == f"certificate:{issued.pk}"
    come("owner").post(reverse("certification:withdraw", args=[issued.pk]), {"reason": ""})
    assert Issued.objects.get().state == "standing"
    come("owner").post(reverse("certification:withdraw", args=[issued.pk]), {"reason": "Wrong sensor."})
    page = come("owner").get(reverse("certification:certificate", args=[issued.pk])).content.decode()
    assert "Wrong sensor." in page


@pytest.mark.usefixtures("issued")
def test_an_expired_one_is_said_to_be(come):
    Issued.objects.update(until=datetime.now(UTC) - timedelta(days=1))
    assert "expired" in come().get(reverse("certification:certificates")).content.decode()


def test_a_stranger_signs_in_first(client, db, home, issued):
    del db, home
    for name, args in (("certificates", []), ("certificate", [issued.pk]), ("download", [issued.pk])):
        assert client.get(reverse(f"certification:{name}", args=args)).status_code == 302
