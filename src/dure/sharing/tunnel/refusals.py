"""What the tunnel refuses, each in one sentence."""

from dure.vocabulary import InputError, NodeProblem, NotPermitted, SourceProblem, Text


class HelloWrong(InputError):
    """What a visitor said first is no TLS ClientHello that names a server."""

    key = "tunnel-hello-wrong"
    says = Text(
        "A visitor from {where} does not speak TLS: {fault}.",
        "{where} 방문자가 TLS로 말하지 않습니다: {fault}.",
    )
    remedy = Text("Open the address with https://.", "주소를 https://로 여세요.")


class WireWrong(SourceProblem):
    """The other end of a line says what the tunnel does not know."""

    key = "tunnel-wire-wrong"
    says = Text(
        "{where} does not speak the tunnel's language.", "{where}이(가) 터널 규약으로 말하지 않습니다."
    )
    remedy = Text(
        "See that this is the address of a hub, and that both run the same release.",
        "허브의 주소가 맞는지, 양쪽 버전이 같은지 확인하세요.",
    )


class HubSilent(SourceProblem):
    """The hub cannot be reached."""

    key = "tunnel-hub-silent"
    says = Text("The hub {where} cannot be reached: {fault}.", "허브 {where}에 연결할 수 없습니다: {fault}.")
    remedy = Text(
        "See that outbound connections to it are allowed; it is tried again by itself.",
        "나가는 연결이 허용되는지 확인하세요. 자동으로 다시 시도합니다.",
    )


class NameRefused(NotPermitted):
    """The hub does not let a plant have a name."""

    key = "tunnel-name-refused"
    says = Text(
        "The hub {where} does not give the name {name} to this plant.",
        "허브 {where}에서 이 공장에 {name} 이름을 주지 않았습니다.",
    )
    remedy = Text(
        "Give the hub's people this plant's key (dure tunnel key), so that they admit it: dure tunnel admit {name} KEY",
        "이 공장의 키(dure tunnel key)를 허브 담당자에게 주어 등록하게 하세요: dure tunnel admit {name} KEY",
    )


class NameWrong(InputError):
    """No name that a server can have."""

    key = "tunnel-name-wrong"
    says = Text("“{where}” is no host name.", "“{where}”은(는) 호스트 이름이 아닙니다.")
    remedy = Text(
        "Use letters, digits and hyphens, with dots between: plant1.hub.example",
        "영문자, 숫자, 하이픈을 점으로 이어 쓰세요: plant1.hub.example",
    )


class KeyWrong(InputError):
    """No public key of a plant."""

    key = "tunnel-key-wrong"
    says = Text("This is no key of a plant: {where}", "공장의 키가 아닙니다: {where}")
    remedy = Text(
        "Take the line that `dure tunnel key` prints there.",
        "공장에서 `dure tunnel key`가 출력한 줄을 쓰세요.",
    )


class AddressWrong(InputError):
    """No HOST:PORT."""

    key = "tunnel-address-wrong"
    says = Text("“{where}” is no address.", "“{where}”은(는) 주소가 아닙니다.")
    remedy = Text("Write HOST:PORT, as in hub.example:443.", "hub.example:443처럼 HOST:PORT로 쓰세요.")


class PortTaken(NodeProblem):
    """The hub's public port cannot be opened."""

    key = "tunnel-port-taken"
    says = Text("Port {where} cannot be opened: {fault}.", "포트 {where}을(를) 열 수 없습니다: {fault}.")
    remedy = Text("Choose another with --port.", "--port로 다른 포트를 고르세요.")
