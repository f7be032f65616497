"""The sets: their list, a new one, and the page of one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dure.foundation.web import may, requires
from dure.plant.inventory import Signal, Upload
from dure.plant.labels.bringing_in import MOST_BYTES, take_files, take_labels
from dure.plant.labels.helping import helpful
from dure.plant.labels.marking import open_set
from dure.plant.labels.models import LabelSet, Mark
from dure.plant.labels.refusals import SetWrong
from dure.plant.labels.things import Things, things
from dure.plant.labels.views.answering import set_of
from dure.plant.labels.weighing import Segment, Verdict, counts, disagreement, segments, verdicts
from dure.plant.registry import ModelVersion
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

A_PAGE = 50
MOST_UPLOAD = 400 * 2**20
SHOWN = (
    ("all", gettext_lazy("all")),
    ("open", gettext_lazy("without a label")),
    ("done", gettext_lazy("labelled")),
    ("disputed", gettext_lazy("disputed")),
    ("suggested", gettext_lazy("suggested")),
)


@require_GET
@requires("worker")
def sets(request: HttpRequest) -> HttpResponse:
    """All sets, and how far they are."""
    words = request.GET.get("words", "").strip()[:200]
    found = LabelSet.objects.select_related("by")
    for word in words.split():
        found = found.filter(name__icontains=word)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    lines = [{"set": one, **progress(one)} for one in page]
    return render(request, "labels/sets.html", {"page": page, "lines": lines, "words": words})


def progress(label_set: LabelSet) -> dict[str, Any]:
    """How many items are labelled, of how many; of stretches how many there are. `trouble` if its items are gone."""
    standing = Mark.objects.filter(label_set=label_set, stands=True).exclude(act=Mark.Act.BACK)
    if not label_set.queues:
        return {"done": standing.count(), "total": 0, "trouble": ""}
    done = standing.values("item").distinct().count()
    try:
        return {"done": done, "total": len(things(label_set)), "trouble": ""}
    except DureError as refusal:
        return {"done": done, "total": 0, "trouble": str(refusal)}


@requires("engineer")
def new(request: HttpRequest) -> HttpResponse:
    """Ask what is to be labelled, and with what."""
    refusal = None
    if request.method == "POST":
        try:
            made = _opened(request)
        except DureError as odd:
            refusal = odd
        else:
            messages.success(request, _("The set is open. Everybody with the role worker may label."))
            return redirect("labels:set", made.pk)
    context = {
        "refusal": refusal,
        "given": request.POST or request.GET,
        "abouts": LabelSet.About.choices,
        "uploads": Upload.objects.all()[:100],
        "contents": Signal.objects.filter(kind__in=("text", "string")).order_by("pk")[:200],
        "numbers": range(1, 7),
        "rows": [_kind_given(request.POST, place) for place in range(1, 7)],
    }
    return render(request, "labels/new.html", context, status=422 if refusal else 200)


def _kind_given(given: Mapping[str, str], place: int) -> dict[str, Any]:
    return {
        "at": place,
        "name": given.get(f"kind_{place}", ""),
        "words": given.get(f"words_{place}", ""),
        "key": given.get(f"key_{place}", ""),
    }


def _opened(request: HttpRequest) -> LabelSet:
    kinds = [
        {"name": one["name"], "words": one["words"], "key": one["key"], "colour": one["at"]}
        for place in range(1, 7)
        if (one := _kind_given(request.POST, place))["name"].strip()
    ]
    name, about, by = (
        request.POST.get("name", ""),
        request.POST.get("about", ""),
        cast("Person", request.user),
    )
    brought = request.FILES.getlist("files")
    if brought:
        if sum(one.size or 0 for one in brought) > MOST_UPLOAD:
            raise SetWrong(
                "files", why=Text("they are larger than 400 MB together", "모두 합해 400 MB를 넘습니다")
            )
        return take_files(((one.name or "?", one.read()) for one in brought), name, about, kinds, by)
    source = {"upload": request.POST.get("upload", ""), "signal": request.POST.get("signal", "")}
    if about == LabelSet.About.STRETCHES:
        source = {"signals": [one for one in request.POST.getlist("signals") if one]}  # type: ignore[dict-item] # as the set has it
    return open_set(name, about, kinds, source, by)


@require_GET
@requires("worker")
def one_set(request: HttpRequest, pk: str) -> HttpResponse:
    """A set: how far it is, how far people agree, its items, and what can be done with it."""
    label_set = set_of(pk)
    told = verdicts(label_set) if label_set.queues else {}
    context: dict[str, Any] = {
        "set": label_set,
        "shown": SHOWN,
        "only": request.GET.get("only", "all"),
        "words": request.GET.get("words", "").strip()[:200],
        "suggested_words": str(Text(label_set.suggested.get("en", ""), label_set.suggested.get("ko", ""))),
        "agreement": disagreement(label_set),
        "counts": _counts(label_set),
        "history": Mark.objects.filter(label_set=label_set).select_related("by", "of").order_by("-id")[:30],
        "models": ModelVersion.objects.filter(task__in=("classify", "detect"))[:50]
        if may(request.user, "engineer")
        else [],
        **progress(label_set),
    }
    try:
        found = things(label_set) if label_set.queues else None
        context["page"] = Paginator(_lines(label_set, found, told, context), A_PAGE).get_page(
            request.GET.get("page")
        )
    except DureError as refusal:
        context["trouble"] = str(refusal)
    return render(request, "labels/set.html", context)


def _counts(label_set: LabelSet) -> list[dict[str, Any]]:
    told = counts(label_set)
    return [{**kind, "count": told[str(kind["name"])]} for kind in label_set.kinds]


def _lines(
    label_set: LabelSet, found: Things | None, told: Mapping[str, Verdict], asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    if found is None:
        return [_stretch_line(one) for one in segments(label_set) if _fits(one.verdict, one.place, asked)]
    why = {one["key"]: one for one in label_set.suggested.get("items", ())}
    order = list(why) if asked["only"] == "suggested" else found.keys
    titles = dict(zip(found.keys, found.titles, strict=True))
    return [
        {
            "key": key,
            "title": titles[key],
            "verdict": told.get(key),
            "why": _why(why[key]) if key in why else "",
        }
        for key in order
        if key in titles and (asked["only"] == "suggested" or _fits(told.get(key), titles[key], asked))
    ]


def _why(one: Mapping[str, str]) -> str:
    return str(Text(one["en"], one["ko"]))


def _fits(verdict: Verdict | None, title: str, asked: Mapping[str, Any]) -> bool:
    words, only = asked["words"].lower(), asked["only"]
    said = (
        f"{title} {verdict.kind if verdict else ''} {' '.join(verdict.by_person) if verdict else ''}".lower()
    )
    if not all(word in said for word in words.split()):
        return False
    disputed = verdict is not None and verdict.disputed
    return {"open": verdict is None, "done": verdict is not None, "disputed": disputed}.get(only, True)


def _stretch_line(one: Segment) -> dict[str, Any]:
    around = max(one.end - one.start, 60 * 10**9)
    return {
        "key": "",
        "title": one.place,
        "verdict": one.verdict,
        "start": one.start,
        "end": one.end,
        "start_ms": f"{one.start / 1e6:.6f}",
        "end_ms": f"{one.end / 1e6:.6f}",
        "from": max(0, one.start - around) // 10**6,
        "to": (one.end + around) // 10**6,
    }


@require_POST
@requires("worker")
def ask_help(request: HttpRequest, pk: str) -> HttpResponse:
    """Find the items whose labels would help most."""
    label_set = set_of(pk)
    chosen = request.POST.get("model", "")
    if may(request.user, "engineer") and "model" in request.POST:
        label_set.model = ModelVersion.objects.filter(pk=chosen).first()
    told = helpful(label_set)
    label_set.suggested = {
        "by_model": told.by_model,
        "en": told.words.en,
        "ko": told.words.ko,
        "items": told.items,
    }
    label_set.save(update_fields=["suggested", "model"])
    if told.why_not:
        messages.warning(request, _("The chosen model was not asked: %(why)s") % {"why": told.why_not})
    if not told.items:
        messages.info(request, _("Nothing is left to be labelled."))
        return redirect("labels:set", pk)
    return redirect(f"{request.path.removesuffix('help/')}?only=suggested")


@require_POST
@requires("engineer")
def bring(request: HttpRequest, pk: str) -> HttpResponse:
    """Labels of a csv, in the person's name."""
    label_set, file = set_of(pk), request.FILES.get("file")
    try:
        if file is None or (file.size or 0) > MOST_BYTES:
            raise SetWrong("file", why=Text("choose a csv of at most 20 MB", "20 MB 이하의 csv를 고르세요"))
        count = take_labels(label_set, file.read(), file.name or "?", cast("Person", request.user))
    except DureError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(count)s labels were taken in.") % {"count": count})
    return redirect("labels:set", pk)
