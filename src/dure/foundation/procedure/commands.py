"""`dure procedure`: the texts of forms, flows and scores, checked before anybody puts them in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.vocabulary import Answer, ExtraAbsent, FileProblem, Text

if TYPE_CHECKING:
    from dure.foundation.procedure.form import Form


class NotAProcedure(FileProblem):
    """A file that is no form, flow or score by its name."""

    key = "not-a-procedure"
    says = Text("{where} is not named as a procedure.", "{where}은(는) 절차 파일의 이름이 아닙니다.")
    remedy = Text("Name it <name>.form.yaml, <name>.flow.yaml or <name>.score.yaml.", "<이름>.form.yaml, <이름>.flow.yaml, <이름>.score.yaml 중 하나로 바꾸세요.")  # fmt: skip


class ProcedureUnreadable(FileProblem):
    """A file that cannot be opened, or is no text."""

    key = "procedure-unreadable"
    says = Text("{where} cannot be read as text.", "{where}을(를) 글로 읽을 수 없습니다.")
    remedy = Text("Check the path, and that the file is UTF-8.", "경로가 맞는지, UTF-8 파일인지 확인해 주세요.")  # fmt: skip


app = typer.Typer()
procedure = typer.Typer(
    no_args_is_help=True, help="Forms, flows and scores: the procedures of an office as data."
)
app.add_typer(procedure, name="procedure")


@procedure.callback()
def _group() -> None:
    pass


@procedure.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Files <name>.form.yaml, <name>.flow.yaml, <name>.score.yaml.")
    ],
) -> Answer:
    """Check files against their format; a flow also against its forms, given too or lying beside it. Changes nothing."""
    texts = [(one, _kind(one), _text(one)) for one in files]
    found = [_checked(path, kind, text, files) for path, kind, text in texts]
    return Answer({"files": found}, "\n".join(_line(one) for one in found))


@procedure.command("list")
def list_() -> Answer:
    """Procedures of this node: the version in force, how many versions there are, and how many cases are open."""
    try:
        import django
    except ImportError as absent:
        raise ExtraAbsent("dure procedure list", library="Django", extra="node") from absent
    django.setup()
    from dure.foundation.procedure.versions import listed

    found = listed()
    shown = "\n".join(
        f"{one['kind']} {one['name']} {one['version'] or '–'} ({one['open_cases']})" for one in found
    )
    return Answer(
        {"procedures": found}, shown or str(Text("There is no procedure yet.", "아직 절차가 없습니다."))
    )


def _checked(path: Path, kind: str, text: str, files: list[Path]) -> dict[str, Any]:
    from dure.foundation.procedure.flow import flow_of
    from dure.foundation.procedure.form import form_of
    from dure.foundation.procedure.score import score_of

    said: dict[str, Any] = {"file": str(path), "kind": kind}
    if kind == "form":
        form = form_of(text, path.name)
        return {**said, "id": form.id, "questions": len(form.fields)}
    if kind == "score":
        score = score_of(text, path.name)
        return {**said, "id": score.id, "terms": len(score.terms)}
    flow = flow_of(text, path.name)
    wanted = [name for name in dict.fromkeys([flow.form, *(move.form for move in flow.moves)]) if name]
    forms = {name: _form(name, path, files) for name in wanted}
    absent = [name for name, form in forms.items() if form is None]
    if not absent:
        flow_of(
            text,
            path.name,
            {one: kind for form in forms.values() if form for one, kind in form.kinds.items()},
        )
    return {
        **said,
        "id": flow.id,
        "states": len(flow.states),
        "moves": len(flow.moves),
        "forms_absent": absent,
    }


def _form(name: str, flow: Path, files: list[Path]) -> "Form | None":
    """The form of that name, among the files or beside the flow."""
    from dure.foundation.procedure.form import form_of

    for path in [*files, flow.with_name(f"{name}.form.yaml")]:
        if path.name == f"{name}.form.yaml" and path.is_file():
            return form_of(_text(path), path.name)
    return None


def _kind(path: Path) -> str:
    kind = path.suffixes[-2][1:] if len(path.suffixes) > 1 and path.suffix in (".yaml", ".yml") else ""
    if kind not in ("form", "flow", "score"):
        raise NotAProcedure(str(path))
    return kind


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(10**6).decode()
    except (OSError, UnicodeDecodeError) as refused:
        raise ProcedureUnreadable(str(path)) from refused


def _line(one: dict[str, Any]) -> str:
    absent = ", ".join(one.get("forms_absent", ()))
    said = Text(f"{one['file']}: {one['kind']} {one['id']} is right.", f"{one['file']}: {one['kind']} {one['id']} 이상 없습니다.")  # fmt: skip
    if not absent:
        return str(said)
    return str(Text(f"{said.en} Its guards were not checked: no form {absent} is at hand.", f"{said.ko} 양식 {absent}이(가) 없어 조건은 확인하지 못했습니다."))  # fmt: skip
