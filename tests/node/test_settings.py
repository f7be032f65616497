"""The settings of a node: what an operator may set, and what is decided for safety's sake."""

from dataclasses import fields
from pathlib import Path

import pytest

from dure.foundation.parties import Person, give_role
from dure.node.databases import database, secret_key, system_database_url
from dure.node.options import Options, SettingRefused, UnknownSetting, read

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_every_setting_stands_on_its_page_with_its_help():
    page = PAGE.read_text(encoding="utf-8")
    for row in fields(Options):
        assert row.metadata["help"]
        line = next(line for line in page.splitlines() if line.startswith(f"| `DURE_{row.name.upper()}` |"))
        assert line.endswith(f"| {row.metadata['unit']} | {row.metadata['help']} |")
    assert page.count("| `DURE_") == len(fields(Options))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DURE_PORT", "0"),
        ("DURE_PORT", "65535"),
        ("DURE_PORT", "eight"),
        ("DURE_TIME_ZONE", "Asia/Atlantis"),
        ("DURE_DATABASE_URL", "mysql://db/dure"),
        ("DURE_HTTPS", "perhaps"),
        ("DURE_LOG_LEVEL", "loud"),
        ("DURE_LOG_SIZE", "-1"),
        ("DURE_LANG", "jp"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence(name, value):
    with pytest.raises(SettingRefused) as refused:
        read({name: value})
    assert name in str(refused.value)
    assert value in str(refused.value)


def test_an_unknown_name_is_refused_and_the_known_ones_are_named():
    with pytest.raises(UnknownSetting, match="DURE_PORT"):
        read({"DURE_PROT": "9000"})


def test_names_that_are_not_ours_are_left_alone():
    assert read({"PATH": "/bin", "DURE_SHARED": "/elsewhere"}) == Options()


def test_postgresql_is_one_setting_for_records_and_for_works():
    options = read({"DURE_DATABASE_URL": "postgres://dure:p%40ss@db:5433/plant?sslmode=require"})
    entry = database(options)
    assert (entry["HOST"], entry["PORT"], entry["NAME"], entry["PASSWORD"]) == ("db", "5433", "plant", "p@ss")
    assert entry["OPTIONS"] == {"sslmode": "require"}
    assert system_database_url(options) == "postgresql://dure:p%40ss@db:5433/plant?sslmode=require"


def test_sqlite_writes_ahead_waits_and_reaches_the_disk(tmp_path):
    options = database(Options(home=tmp_path))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_the_key_is_never_shared_by_homes(tmp_path):
    assert secret_key(tmp_path) != secret_key(tmp_path)


def test_nothing_unsafe_may_run_in_a_page(client, settings):
    answer = client.get("/account/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert settings.DEBUG is False
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client):
    cookie = client.get("/account/login/").cookies["dure_csrf"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_django_finds_nothing_to_warn_about_behind_tls(settings):
    from django.core.checks import run_checks

    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
    assert run_checks(include_deployment_checks=True) == []


@pytest.mark.django_db
def test_every_model_has_its_migration():
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(("language", "word"), [("ko", "로그인"), ("en", "Sign in")])
@pytest.mark.django_db
def test_a_page_speaks_the_language_of_the_browser(client, language, word):
    answer = client.get("/account/login/", headers={"accept-language": language})
    assert word in answer.content.decode()


@pytest.mark.parametrize(
    ("own", "cookie", "word"), [("en", "", "People and roles"), ("ko", "", "역할"), ("en", "ko", "역할")]
)
@pytest.mark.django_db
def test_a_persons_language_wins_over_the_browsers_and_the_choice_made_here_over_both(
    client, own, cookie, word
):
    owner = Person.objects.create_user("daon", language=own)
    give_role(owner, "owner")
    client.force_login(owner)
    if cookie:
        client.cookies["dure_language"] = cookie
    answer = client.get("/people/", headers={"accept-language": "en" if own == "ko" else "ko"})
    assert word in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("home")
def test_a_refusal_speaks_the_language_of_its_page(client):
    for language, words in (("ko", "설정 링크"), ("en", "set-up link")):
        answer = client.get("/people/first/?token=guessed", headers={"accept-language": language})
        assert answer.status_code == 403
        assert words in answer.content.decode()
