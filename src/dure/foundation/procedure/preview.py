"""What a new version of a flow would have done with the cases of before."""

from dure.foundation.procedure.acting import known
from dure.foundation.procedure.flow import Flow
from dure.foundation.procedure.models import Case, Made
from dure.foundation.procedure.versions import Change, kinds_of
from dure.vocabulary import DureError


def changes(flow: Flow, most: int) -> tuple[Change, ...]:
    """See `versions.preview`."""
    kinds = kinds_of(flow)
    cases = Case.objects.filter(flow__name=flow.id).select_related("flow").prefetch_related("history")[:most]
    found = (
        Change(case, made.move, was=True, would_be=False)
        for case in cases
        for made in case.history.all()
        if not _allowed(flow, case, made, kinds)
    )
    return tuple(found)


def _allowed(flow: Flow, case: Case, made: Made, kinds: dict) -> bool:  # type: ignore[type-arg]  # as kinds_of gives
    if made.before not in {state.id for state in flow.states}:
        return False
    try:
        return (
            flow.require(made.move, made.before, [made.role], facts=known(case), kinds=kinds).to == made.after
        )
    except DureError:
        return False
