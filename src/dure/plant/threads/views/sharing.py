"""What the views share: who asks, the thread they may see, and what they typed, kept when it is refused."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpRequest

from dure.plant.threads.acting import Draft
from dure.plant.threads.attaching import MOST_FILES, keep
from dure.plant.threads.finding import visible
from dure.plant.threads.models import Thread
from dure.plant.threads.refusals import QuestionWrong
from dure.vocabulary import Text, home

if TYPE_CHECKING:
    from dure.foundation.parties import Person

KEPT = "threads_kept"
MOST_KEPT = 20


def person_of(request: HttpRequest) -> "Person":
    """Who asks."""
    return cast("Person", request.user)


def thread_of(request: HttpRequest, pk: str) -> Thread:
    """The thread, if this person may see it; else there is none."""
    found = visible(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def draft_of(request: HttpRequest) -> Draft:
    """What was typed and attached. Files are kept at once, so that a refusal of the words does not lose them.

    Raises
    ------
    QuestionWrong
    """
    mine = dict(request.session.get(KEPT, {}))
    wanted = request.POST.getlist("kept")[: MOST_FILES + 1]
    if any(one not in mine for one in wanted):
        raise QuestionWrong(
            "files",
            why=Text(
                "that file was not added here; add it again", "여기서 올린 파일이 아니니 다시 올려 주세요"
            ),
        )
    files = keep(request.FILES.getlist("files"), [mine[one] for one in wanted], home())
    request.META[KEPT] = [one["sha256"] for one in files]
    request.session[KEPT] = dict(list({**mine, **{one["sha256"]: one for one in files}}.items())[-MOST_KEPT:])
    return Draft(request.POST.get("text", ""), files, request.get_host())


def typed(request: HttpRequest) -> Mapping[str, Any]:
    """What a refused form shows again."""
    mine = request.session.get(KEPT, {})
    names = dict.fromkeys([*request.POST.getlist("kept"), *request.META.get(KEPT, ())])
    return {
        "text": request.POST.get("text", "")[:20_000],
        "kept": [mine[one] for one in names if one in mine],
    }
