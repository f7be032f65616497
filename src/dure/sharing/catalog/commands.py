"""`dure catalog`: find, show, offer and withdraw datasets."""

from typing import Annotated, Any

import typer

from dure.vocabulary import Answer

app = typer.Typer()
catalog = typer.Typer(
    name="catalog", no_args_is_help=True, help="What may be found: search, show, publish, withdraw."
)
app.add_typer(catalog)


def _ready() -> None:
    import django

    django.setup()


@catalog.command(name="search")
def look_for(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words, in Korean or English.", show_default=False)
    ] = None,
    *,
    facet: Annotated[
        list[str] | None,
        typer.Option("--facet", help="quantity=Temperature, unit=Cel, rate=fast, labelled=yes …"),
    ] = None,
    page: Annotated[int, typer.Option(help="Twenty entries each.", min=1, max=50)] = 1,
) -> Answer:
    """Find datasets and services."""
    _ready()
    from dure.sharing.catalog.finding.asking import search

    text = " ".join(words or [])
    found = search(text, dict(one.partition("=")[::2] for one in facet or []), page)
    hits = [_line(one) for one in found.entries]
    facts = {
        "query": text, "count": found.count, "near": found.near, "hits": hits,
        "facets": {name: dict(values) for name, values in found.facets.items()}, "about": sorted(found.about),
    }  # fmt: skip
    return Answer(facts, "\n".join(f"{one['id']}  {one['title']}" for one in hits) or "–")


def _line(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "title": str(entry.title),
        "source": entry.source,
        "state": str(entry.state),
        "rows": entry.rows,
    }


@catalog.command()
def show(
    entry: Annotated[str, typer.Argument(help="Id of the entry.", show_default=False)],
    *,
    croissant: Annotated[bool, typer.Option("--croissant", help="As Croissant instead of DCAT-AP.")] = False,
) -> Answer:
    """Show an entry as DCAT-AP 3 or as Croissant."""
    import json

    _ready()
    from dure.sharing.catalog import Entry, EntryUnknown, to_croissant, to_dcat

    found = Entry.objects.filter(pk=entry).exclude(state=Entry.States.GONE).first()
    if found is None:
        raise EntryUnknown(entry[:100])
    facts = to_croissant(found) if croissant else to_dcat(found)
    return Answer(facts, json.dumps(facts, ensure_ascii=False, indent=1))


@catalog.command(name="publish")
def offer(
    dataset: Annotated[str, typer.Argument(help="upload:… or equipment:…", show_default=False)] = "",
    *,
    terms: Annotated[
        str, typer.Option(help="use: may be used, not passed on; pass: passed on, too; empty: found only.")
    ] = "",
    to: Annotated[
        list[str] | None, typer.Option("--to", help="DID that may see it; none: everybody.")
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="Only say what could be offered.")] = False,
) -> Answer:
    """Offer a dataset that the inventory knows, or bring its entry up to date."""
    _ready()
    from dure.sharing.catalog.offering import offer_of
    from dure.sharing.catalog.publishing import facts_of, publish, shelf
    from dure.sharing.participants import own

    if every or not dataset:
        known = [
            {"id": one.id, "title": str(one.title), "rows": one.rows, "columns": len(one.columns)}
            for one in shelf().datasets()
        ]
        return Answer({"datasets": known}, "\n".join(f"{one['id']}  {one['title']}" for one in known) or "–")
    me = own()
    facts = facts_of(dataset)
    entry = publish(facts, offer_of(terms, dataset, me.did), publisher=(me.did, me.name), audience=to or ())
    told = {**_line(entry), "columns": len(entry.columns), "offers": len(entry.offers), "twin": entry.twin_id}
    return Answer(told, f"{entry.pk}  {entry.title}")


@catalog.command(name="withdraw")
def take_out(
    entry: Annotated[str, typer.Argument(help="Id of the entry, or of its dataset.", show_default=False)],
) -> Answer:
    """Withdraw an entry of this node."""
    _ready()
    from dure.sharing.catalog import withdraw

    gone = withdraw(entry)
    return Answer({"id": gone.pk, "state": str(gone.state)}, gone.pk)
