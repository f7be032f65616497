"""How an edge box and its node refuse each other."""

from dure.vocabulary import InputError, NodeProblem, NotPermitted, Text


class InvitationUnreadable(InputError):
    """Text that is no invitation, or half of one."""

    key = "edge-invitation-unreadable"
    says = Text("“{where}” is not an invitation of a node.", "“{where}”은(는) 노드의 초대장이 아닙니다.")
    remedy = Text(
        "Copy the whole line that begins with dure-edge: from the node.",
        "노드에서 dure-edge:로 시작하는 줄 전체를 복사해 주세요.",
    )


class BoxExists(InputError):
    """A box of that name is invited already."""

    key = "edge-box-exists"
    says = Text("An edge box “{where}” is invited already.", "“{where}” 엣지 장치는 이미 초대되어 있습니다.")
    remedy = Text(
        "Choose another name, or remove it first: dure edge remove {where}",
        "다른 이름을 쓰거나 먼저 삭제하세요: dure edge remove {where}",
    )


class BoxUnknown(InputError):
    """A name that no box has."""

    key = "edge-box-unknown"
    says = Text("There is no edge box “{where}”.", "“{where}”(이)라는 엣지 장치가 없습니다.")
    remedy = Text("See: dure edge list", "확인: dure edge list")


class NotJoined(NodeProblem):
    """A box that no node has invited."""

    key = "edge-not-joined"
    says = Text(
        "This box ({where}) belongs to no node yet.", "이 장치({where})는 아직 노드에 속하지 않습니다."
    )
    remedy = Text(
        "On the node: dure edge invite NAME; here: dure edge join INVITATION",
        "노드에서 dure edge invite 이름, 이 장치에서 dure edge join 초대장을 실행하세요.",
    )


class NodeSilent(NodeProblem):
    """The node cannot be reached; the box goes on collecting."""

    key = "edge-node-silent"
    says = Text("The node at {where} does not answer: {why}.", "{where} 노드가 응답하지 않습니다: {why}.")
    remedy = Text(
        "Nothing is lost: the box keeps what it collects and sends it later. Check network and name.",
        "유실은 없습니다. 수집한 값을 보관했다가 나중에 보냅니다. 네트워크와 주소를 확인하세요.",
    )


class NodeRefused(NodeProblem):
    """The node answers and does not take what the box sends."""

    key = "edge-node-refused"
    says = Text(
        "The node at {where} refused this box: {why}.", "{where} 노드가 이 장치를 거절했습니다: {why}."
    )
    remedy = Text(
        "Invite the box again on the node, or give the source another name.",
        "노드에서 다시 초대하거나 원천 이름을 바꾸세요.",
    )


class SourceTaken(NotPermitted):
    """A box sends for a source that is another's."""

    key = "edge-source-taken"
    says = Text(
        "The source {where} is collected by {owner}, not by {box}.",
        "{where} 원천은 {box}이(가) 아니라 {owner}에서 수집합니다.",
    )
    remedy = Text("Give the source of {box} another name.", "{box}에서 원천 이름을 바꾸세요.")
