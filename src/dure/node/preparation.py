"""`python -m dure.node.preparation`: make the home folder and its keys, bring the databases up to date.

It runs to its end before the node starts, in a process of its own, and prints one JSON object.
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from dure.node.databases import system_database_url
from dure.node.options import Options, read

FOLDERS = (
    "secret",
    "secret/signing",
    "trusted",
    "segments",
    "historian",
    "run",
    "uploads",
    "models",
    "work",
    "ledger",
    "logs",
    "sources",
)


def make_home(home: Path) -> None:
    """The folders below `home`, readable by us alone, and the key that signs sessions."""
    for folder in ("", *FOLDERS):
        (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    key = home / "secret" / "django.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(50))


def bring_up_to_date(options: Options) -> None:
    """Run the migrations of the records and of the workflows, and put the release's procedures in force."""
    from django.conf import settings
    from django.core.management import call_command

    from dure.foundation.procedure import install
    from dure.node.workflows import migrate

    call_command("migrate", verbosity=0, interactive=False)
    install(settings.DURE_PROCEDURES)
    migrate(system_database_url(options))


def first_run_facts() -> dict[str, Any]:
    """Whether nobody is here yet, and then the secret of the set-up link."""
    from dure.foundation.parties import first_run, setup_token

    return {"token": setup_token()} if first_run() else {}


def main() -> None:
    """Prepare the home that the settings name."""
    options = read()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.node.settings")
    make_home(options.home)
    import django

    django.setup()
    bring_up_to_date(options)
    sys.stdout.write(json.dumps(first_run_facts()) + "\n")


if __name__ == "__main__":
    main()
