"""How a source refuses: each refusal names the equipment and the way out."""

from dure.vocabulary import InputError, NotPermitted, SourceProblem, Text


class SchemeUnknown(InputError):
    """An address of a kind no installed connector reads."""

    key = "scheme-unknown"
    says = Text("No connector reads “{where}”.", "“{where}” 주소를 읽는 커넥터가 없습니다.")
    remedy = Text("An address starts with {known}.", "주소는 다음 중 하나로 시작합니다: {known}.")


class AddressRefused(InputError):
    """An address that is not complete, or holds what it must not."""

    key = "address-refused"
    says = Text("The address “{where}” cannot be used.", "“{where}” 주소는 쓸 수 없습니다.")
    remedy = Text("Write it like {example}.", "{example}처럼 적어 주세요.")


class PasswordInAddress(InputError):
    """A password written into the address, where logs and process lists would show it."""

    key = "password-in-address"
    says = Text(
        "The address of {where} holds a user or a password.", "{where} 주소에 사용자나 암호가 들어 있습니다."
    )
    remedy = Text(
        "Take it out; give --user, and the password when asked or as DURE_PASSWORD.",
        "주소에서 빼고 --user로 사용자를, 물어볼 때나 DURE_PASSWORD로 암호를 주세요.",
    )


class SourceUnknown(InputError):
    """A source id that is not on this node."""

    key = "source-unknown"
    says = Text("There is no source “{where}”.", "“{where}”(이)라는 원천이 없습니다.")
    remedy = Text("See: dure connect list", "확인: dure connect list")


class SourceExists(InputError):
    """A source id that is taken."""

    key = "source-exists"
    says = Text("A source “{where}” is there already.", "“{where}” 원천이 이미 있습니다.")
    remedy = Text("Give another --name, or remove it first.", "다른 --name을 주거나 먼저 삭제하세요.")


class NoTables(InputError):
    """A source that is asked for a table and has none."""

    key = "no-tables"
    says = Text("Source “{where}” holds no tables.", "“{where}” 원천에는 테이블이 없습니다.")
    remedy = Text("Name a source that is a database.", "데이터베이스 원천을 지정해 주세요.")


class NoTokens(InputError):
    """A source that is asked for a device's token and gives none."""

    key = "no-tokens"
    says = Text(
        "Source “{where}” gives no tokens to devices.", "“{where}” 원천은 장치 토큰을 만들지 않습니다."
    )
    remedy = Text(
        "Name a source whose address begins with push://.", "주소가 push://로 시작하는 원천을 지정해 주세요."
    )


class SourceBroken(InputError):
    """A source's description that cannot be read."""

    key = "source-broken"
    says = Text("The description of source “{where}” cannot be read: {why}.", "“{where}” 원천의 설명 파일을 읽을 수 없습니다: {why}.")  # fmt: skip
    remedy = Text("Remove the source and add it again.", "원천을 삭제하고 다시 추가하세요.")


class SourceUnreachable(SourceProblem):
    """Nothing answers at the address."""

    key = "source-unreachable"
    says = Text("{where} cannot be reached: {why}.", "{where}에 연결할 수 없습니다: {why}.")
    remedy = Text("Check the address, the cable and the firewall.", "주소와 케이블, 방화벽을 확인해 주세요.")


class SourceSilent(SourceProblem):
    """Something is there but does not answer in time."""

    key = "source-silent"
    says = Text(
        "{where} did not answer within {seconds} s.", "{where}이(가) {seconds}초 안에 응답하지 않았습니다."
    )
    remedy = Text("Check the server and the network, or raise the timeout.", "서버와 네트워크를 확인하거나 timeout을 늘려 주세요.")  # fmt: skip


class SourceLost(SourceProblem):
    """A connection that was there broke."""

    key = "source-lost"
    says = Text("The connection to {where} broke: {why}.", "{where} 연결이 끊겼습니다: {why}.")
    remedy = Text("dure connects again by itself.", "dure가 스스로 다시 연결합니다.")


class SourceOdd(SourceProblem):
    """An answer we do not understand."""

    key = "source-odd"
    says = Text(
        "{where} answered what we do not understand: {why}.", "{where}의 응답을 이해할 수 없습니다: {why}."
    )
    remedy = Text(
        "Check that the address is the right kind of server.", "주소가 맞는 종류의 서버인지 확인해 주세요."
    )


class CredentialsRefused(SourceProblem):
    """The server does not accept user and password."""

    key = "credentials-refused"
    says = Text("{where} refused the user “{user}”.", "{where}이(가) “{user}” 사용자를 거절했습니다.")
    remedy = Text("Check the user and the password.", "사용자와 암호를 확인해 주세요.")


class PasswordInTheClear(SourceProblem):
    """A password that would travel unencrypted."""

    key = "password-in-the-clear"
    says = Text("The link to {where} is not encrypted, so the password is not sent.", "{where} 연결이 암호화되지 않아 암호를 보내지 않았습니다.")  # fmt: skip
    remedy = Text(
        "Use security “encrypt”; if the server cannot, allow it with --clear-password true.",
        "security를 “encrypt”로 하거나, 서버가 지원하지 않으면 --clear-password true로 허용하세요.",
    )


class CertificateUnknown(SourceProblem):
    """A server whose certificate nobody has trusted yet."""

    key = "certificate-unknown"
    says = Text("The certificate of {where} is not trusted: {fingerprint}.", "{where}의 인증서를 신뢰하지 않습니다: {fingerprint}.")  # fmt: skip
    remedy = Text(
        "Compare it with the server's own, then run: dure connect trust {fingerprint}",
        "서버에서 직접 확인한 지문과 비교한 뒤 실행하세요: dure connect trust {fingerprint}",
    )


class AuthorityUnknown(SourceProblem):
    """A server whose certificate no authority signed that this node knows."""

    key = "authority-unknown"
    says = Text(
        "The certificate of {where} cannot be verified: {why}.",
        "{where}의 인증서를 확인할 수 없습니다: {why}.",
    )
    remedy = Text(
        "Give the file of the authority that signed it with --ca.",
        "인증서를 서명한 기관의 파일을 --ca로 알려 주세요.",
    )


class CertificateExpired(SourceProblem):
    """A server's certificate outside its dates."""

    key = "certificate-expired"
    says = Text("The certificate of {where} is valid from {start} to {end} only.", "{where}의 인증서 유효기간은 {start}–{end}입니다.")  # fmt: skip
    remedy = Text(
        "Renew it on the server, or check both clocks.", "서버에서 갱신하거나 양쪽 시계를 확인하세요."
    )


class OwnCertificateRefused(SourceProblem):
    """A server that does not trust our certificate yet."""

    key = "own-certificate-refused"
    says = Text("{where} does not trust dure's certificate {fingerprint}.", "{where}이(가) dure의 인증서 {fingerprint}을(를) 신뢰하지 않습니다.")  # fmt: skip
    remedy = Text("Accept it in the server's trust list; the file is {file}.", "서버의 신뢰 목록에 추가하세요. 파일: {file}.")  # fmt: skip


class SecurityNotOffered(SourceProblem):
    """A server without the security that was asked for."""

    key = "security-not-offered"
    says = Text("{where} does not offer {asked}.", "{where}은(는) {asked}을(를) 지원하지 않습니다.")
    remedy = Text("It offers: {offered}.", "지원하는 방식: {offered}.")


class FingerprintUnknown(InputError):
    """A fingerprint that names no certificate waiting to be trusted."""

    key = "fingerprint-unknown"
    says = Text(
        "No single certificate waits under “{where}”.",
        "“{where}”에 해당하는 인증서가 하나로 정해지지 않습니다.",
    )
    remedy = Text("Run dure connect test URL and copy the fingerprint it shows.", "dure connect test URL을 실행해 나온 지문을 복사하세요.")  # fmt: skip


class WriteNotArmed(NotPermitted):
    """A write that no person allowed."""

    key = "write-not-armed"
    says = Text("{where} may not be written: {why}.", "{where}에 쓸 수 없습니다: {why}.")
    remedy = Text("A person must arm this signal and its limits first.", "담당자가 먼저 이 신호와 한계값을 허용해야 합니다.")  # fmt: skip
