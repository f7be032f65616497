"""How a broker refuses, falls silent or breaks off; connectors hand these on or say them in their own words."""

from dure.vocabulary import InputError, SourceProblem, Text


class MqttRefused(SourceProblem):
    """The broker said no: to the connection, a subscription or a publication; `code` is its reason code."""

    key = "mqtt-refused"
    says = Text("The broker of {where} refused {what}: {why}.", "{where}의 브로커가 {what}을(를) 거절했습니다: {why}.")  # fmt: skip
    remedy = Text(
        "Check what the broker allows this client.", "브로커가 이 클라이언트에 허용한 권한을 확인하세요."
    )

    def __init__(self, where: str, *, code: int = 0x80, **facts: object) -> None:
        super().__init__(where, **facts)
        self.code = code


class MqttUnreachable(SourceProblem):
    """Nothing answers at the address."""

    key = "mqtt-unreachable"
    says = Text("{where} cannot be reached: {why}.", "{where}에 연결할 수 없습니다: {why}.")
    remedy = Text("Check the address, the cable and the firewall.", "주소와 케이블, 방화벽을 확인해 주세요.")


class MqttSilent(SourceProblem):
    """The broker is there but does not answer in time."""

    key = "mqtt-silent"
    says = Text(
        "The broker of {where} did not answer within {seconds} s.",
        "{where}의 브로커가 {seconds}초 안에 응답하지 않았습니다.",
    )
    remedy = Text("Check the broker and the network, or raise the timeout.", "브로커와 네트워크를 확인하거나 timeout을 늘려 주세요.")  # fmt: skip


class MqttLost(SourceProblem):
    """A connection that was there broke."""

    key = "mqtt-lost"
    says = Text("The connection to {where} broke: {why}.", "{where} 연결이 끊겼습니다: {why}.")
    remedy = Text("dure connects again by itself.", "dure가 스스로 다시 연결합니다.")


class MqttOdd(SourceProblem):
    """What came is no MQTT, or not as the standard has it."""

    key = "mqtt-odd"
    says = Text(
        "{where} sent what is not MQTT {version}: {why}.",
        "{where}이(가) MQTT {version} 규격에 맞지 않는 내용을 보냈습니다: {why}.",
    )
    remedy = Text("Check that the address is that of an MQTT broker.", "주소가 MQTT 브로커의 것인지 확인하세요.")  # fmt: skip


class TopicRefused(InputError):
    """A topic or topic filter that MQTT does not allow."""

    key = "mqtt-topic-refused"
    says = Text("“{where}” is no topic of MQTT: {why}.", "“{where}”은(는) MQTT 토픽이 아닙니다: {why}.")
    remedy = Text(
        "Write levels with /, + for one level, # for the rest at the end.",
        "/로 단계를 나누고, 한 단계는 +, 나머지 전체는 끝에 #을 쓰세요.",
    )
