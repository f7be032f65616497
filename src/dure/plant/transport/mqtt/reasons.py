"""What a broker's code means, in words: MQTT 5.0 §2.4 table 2-6, MQTT 3.1.1 §3.2.2.3 table 3.1."""

from dure.vocabulary import Text

# MQTT 3.1.1 CONNACK return codes as the reason codes that MQTT 5.0 has for the same.
FROM_3_1_1 = {0: 0x00, 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}

REASONS = {
    0x00: Text("success", "성공"),
    0x04: Text("disconnected with its will", "유언과 함께 연결 해제"),
    0x10: Text("nobody listens", "받는 쪽이 없음"),
    0x11: Text("there was no such subscription", "그런 구독이 없음"),
    0x80: Text("it gives no reason", "이유를 밝히지 않음"),
    0x81: Text("malformed packet", "잘못된 패킷"),
    0x82: Text("protocol error", "프로토콜 오류"),
    0x83: Text("the broker's own rules", "브로커 자체 규칙"),
    0x84: Text("it does not speak this version of MQTT", "이 MQTT 버전을 지원하지 않음"),
    0x85: Text("the client id is not allowed", "허용되지 않는 클라이언트 ID"),
    0x86: Text("user or password is wrong", "사용자 또는 암호가 틀림"),
    0x87: Text("this user is not allowed to", "이 사용자에게 권한이 없음"),
    0x88: Text("the broker is not available now", "지금은 브로커를 쓸 수 없음"),
    0x89: Text("the broker is busy", "브로커가 바쁨"),
    0x8A: Text("this client is banned", "차단된 클라이언트"),
    0x8B: Text("the broker is shutting down", "브로커가 종료 중"),
    0x8C: Text("bad way to sign in", "잘못된 인증 방식"),
    0x8D: Text("keep-alive ran out", "keep-alive 시간 초과"),
    0x8E: Text("another client came with the same client id", "같은 클라이언트 ID로 다른 접속이 들어옴"),
    0x8F: Text("the topic filter is not valid", "잘못된 토픽 필터"),
    0x90: Text("the topic name is not valid", "잘못된 토픽 이름"),
    0x91: Text("the packet id is in use", "사용 중인 패킷 ID"),
    0x92: Text("the packet id is not known", "알 수 없는 패킷 ID"),
    0x93: Text("too many unconfirmed messages", "확인되지 않은 메시지가 너무 많음"),
    0x94: Text("the topic alias is not valid", "잘못된 토픽 별칭"),
    0x95: Text("the packet is too large", "패킷이 너무 큼"),
    0x96: Text("messages come too fast", "메시지가 너무 빠름"),
    0x97: Text("a quota is used up", "할당량 초과"),
    0x98: Text("an administrator closed it", "관리자가 끊음"),
    0x99: Text("the payload's format is not valid", "잘못된 페이로드 형식"),
    0x9A: Text("it keeps no retained messages", "보존 메시지를 지원하지 않음"),
    0x9B: Text("it does not support this QoS", "이 QoS를 지원하지 않음"),
    0x9C: Text("use another server", "다른 서버를 사용"),
    0x9D: Text("the server moved", "서버가 이동함"),
    0x9E: Text("it has no shared subscriptions", "공유 구독을 지원하지 않음"),
    0x9F: Text("connections come too fast", "연결이 너무 잦음"),
    0xA0: Text("the longest connect time is over", "최대 연결 시간이 지남"),
    0xA1: Text("it has no subscription identifiers", "구독 식별자를 지원하지 않음"),
    0xA2: Text("it allows no wildcards", "와일드카드를 지원하지 않음"),
}


def reason(code: int, words: str = "") -> Text:
    """A code in words, with what the broker itself said of it.

    >>> str(reason(0x87)), str(reason(0x97, "100 messages a day"))
    ('this user is not allowed to', 'a quota is used up (100 messages a day)')
    """
    known = REASONS.get(code, Text(f"code {code:#04x}", f"코드 {code:#04x}"))
    if not words:
        return known
    return Text(f"{known.en} ({words[:200]})", f"{known.ko} ({words[:200]})")
