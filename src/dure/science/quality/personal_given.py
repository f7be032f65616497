# ruff: noqa: SIM905 - lists of names are read and kept more easily as text
"""Names without a word beside them that says so: what syllables and given names alone let one guess.

A Korean name is a surname and two syllables, each of which names use more than nouns do; how much more was graded by
hand from the names that the Supreme Court's register counts most since the 1940s. What follows must be a particle that
fits the last sound, or the end of the word, and words of persons nearby count for it. A western name is a given name of
the commonest of the United States and of Latin America before a surname, or beside a word that persons stand beside.
Nothing here knows a person: a rare name is missed, and a rare word may be taken for one.
"""

import re
from collections.abc import Iterator

from dure.science.quality.personal_words import COMMONEST, NO_NAMES, RANKS, SURNAMES, SURNAMES_OF_TWO

# Syllables of given names: those that names use far more than nouns do, and those that both use.
_FIRST, _FIRST_TOO = (
    "민지현영성재준승혜태병종광창예희은윤숙춘순옥미덕",
    "정수동진경상기서하도유주우건시연소명용원인철석호중규다나채가아세선형두대복길한학홍보찬근남화금의효해라리슬현흥봉말필훈",
)
_SECOND, _SECOND_TOO = (
    "숙희혁훈빈욱섭환준현민철석우호윤옥웅택엽란례율린솔혜순",
    "영진수연은경선미정원서주규식성일아자기용범나봉헌겸람태찬후건인재하지길남덕복배근균국열홍임향화람별결곤운걸",
)
_SURE_SURNAMES, _RARE = "김박최", "".join(one for one in SURNAMES if one not in COMMONEST)
_ENOUGH = 3.5
_CANDIDATE = re.compile(rf"(?<![가-힣A-Za-z0-9])(?P<name>(?:{SURNAMES_OF_TWO}|[{SURNAMES}])[가-힣]{{2}})(?P<rest>[가-힣]{{0,3}})(?![가-힣A-Za-z0-9])")  # fmt: skip
# Particles by the sound before: after a consonant, after a vowel, after either.
_AFTER_CONSONANT = frozenset("이 은 을 과 이가 이는 이랑 아 으로".split())
_AFTER_VOWEL = frozenset("가 는 를 와 랑 야".split())
_AFTER_EITHER = frozenset("의 도 에게 께서 한테 만 에게서 께 외".split()) | {""}
_PERSON_DOES = re.compile(
    "점검|확인|교체|작업|보고|연락|신고|요청|조치|수리|출근|퇴근|부상|다침|다쳤|다친|넘어|부딪|끼임|추락|접수|방문|입회|인수|인계|지시|승인|완료|말함|말했|통화|호출|투입|교대|병원|발견|"
    "전화|근무|담당|만나|도착|참석|서명|작성|제출|실시|복귀|휴가|결근"
)
_NEAR = 12
# A noun before a last syllable that nouns end in too, and the last syllables that only a name has.
_ONLY_NAMES = frozenset("숙희혁훈빈욱섭환준현민철석우호윤옥웅택엽란례율린솔혜은영규")

GIVEN = frozenset(
    """
    james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony steven paul andrew joshua
    kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon
    benjamin samuel gregory alexander patrick dennis jerry aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter
    keith roger terry austin sean gerald carl harold arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel
    logan alan juan wayne elijah randy roy vincent ralph eugene russell bobby philip johnny bradley craig shawn travis joel corey derek
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna
    michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela
    emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria diane julie joyce victoria kelly
    christina lauren joan evelyn olivia judith megan cheryl andrea hannah martha jacqueline frances gloria ann teresa kathryn sara
    janice jean alice madison julia judy abigail marie denise beverly danielle theresa marilyn brittany natalie diana kayla alexis lori
    tiffany melanie kathy allison cody tony mike steve dave jim tom dan chris matt jeff greg ken bob joey nick tim ron josh ben
    luis carlos jorge miguel pedro antonio francisco manuel alejandro fernando eduardo ricardo roberto sergio javier raul pablo diego
    mario rafael alberto oscar hector ruben cesar enrique felipe gustavo andres marco julio ramon alfredo jaime ernesto guillermo
    joao luiz paulo marcos lucas mateus thiago leandro rodrigo fabio marcelo vinicius anderson edson wilson nelson washington cristian
    ana carmen rosa lucia elena isabel patricia sofia camila valentina fernanda gabriela daniela mariana juliana adriana beatriz
    derrick marcus darren brad glenn stuart trevor neil ian colin simon hugh nigel graham gavin duncan callum ewan liam conor declan seamus
    heidi ingrid helmut hans klaus jurgen wolfgang stefan dieter pierre jacques francois giovanni giuseppe luca matteo
    aaron adrian alana alex alexandra alice alicia alvin amelia anita annette april arlene audrey becky bernard beth bethany bobbie bonnie
    brandi brandy brenda brent brett bridget caitlin calvin candice carla carlton caroline casey cassandra cathy chad charlene chelsea
    cindy claire clarence claudia clayton clifford clinton connie corey cory courtney curtis cynthia daisy darlene darrell darryl debbie
    desiree devin diana dominic doris dwayne dustin eddie edgar edwin eileen elaine ellen erica erik erin ernest esther eva evan felicia
    floyd francis fred frederick gail garrett gina glenda gwendolyn harry herbert hunter ivan jackie jaclyn jacquelyn jasmine jeffery
    jenna jill jo joanna joann jodi johnathan jon jonathon joseph josephine joyce juanita kaitlyn kara karl katie katrina kendra kent
    kirk kristen kristi kristin kristina kristopher kristy krista kurt latoya leah leon leonard leroy leslie lester lewis lloyd lonnie loretta
    louis lucy luke lydia lynn makayla mallory marcia marissa marvin maureen maurice max meghan mercedes meredith michele mindy misty
    mitchell molly monica morgan nathaniel neal nichole norma norman paige patty paula peggy perry phillip phyllis priscilla rachael ramona
    raymond regina renee rhonda rodney roger ross roberta robin robyn roger ronnie ruth sabrina sally savannah selena shane shannon shaun
    sheila shelby shelia shelly sheri sherri sherry sheryl sidney sonia sonya stacey stacy stanley suzanne sydney sylvia tabitha tamara tammy
    tanya tara ted tina todd tommy toni tonya tracey traci tracie tracy tyrone valerie vanessa vernon veronica vickie victor virginia vivian
    wanda warren wendy wesley whitney yolanda yvette yvonne zoe divino cristobal esteban ignacio gonzalo emilio arturo armando gerardo hugo ivan
    josue leonardo lorenzo martin nicolas omar orlando rodolfo rogelio salvador santiago tomas vicente wilfredo claudio flavio gilberto
    alicia angelica blanca cecilia claudia consuelo cristina dolores esperanza estela gloria guadalupe irene leticia lorena lourdes luz marisol
    mercedes miriam monica norma pilar raquel rocio silvia sonia susana teresa veronica ximena yolanda
    ahmed mohammed mohamed muhammad ali hassan omar ibrahim fatima rajesh sanjay anil vijay ravi suresh ramesh deepak sunil priya
    """.split()
)
# Given names that are words too: a surname and a word of persons beside them are wanted.
WORDS_TOO = frozenset(
    "mark bill will grant chase drew rob art jack frank ray rose may june april august dale cliff pat guy hope faith grace joy dawn "
    "sandy rich max gene miles rusty chuck dick don van jay lane reed mason carter tyler parker hunter cooper taylor dallas jackson troy "
    "amber ruby pearl violet lily heather olive ginger crystal summer autumn penny sterling chance angel christian dean earl duke marshall "
    "king austin jordan madison washington wilson nelson anderson scott craig wayne jean ann joe carol terry randy roy carl sean bob dan "
    "tim ron ben kelly kay jose rosa victoria florence charlotte diesel ford stone brook sue lee ali marco paulo diego".split()
)
_SURE_GIVEN = GIVEN - WORDS_TOO
_NOT_SURNAMES = frozenset(
    "pump valve motor line plant station mill site unit tank shift crane area zone street road river county city san santa sa inc ltd llc "
    "company corp group deere hancock hopkins wrench lift drive engine belt cylinder electric mine project level monday tuesday wednesday "
    "thursday friday saturday sunday january february march april may june july august september october november december the and is was "
    "inverter transformer string combiner breaker safety team room gate door house bridge street avenue type model series class day".split()
)
_NO_PERSONS = frozenset(
    "panel screen console seat cabin room desk station display interface terminal button key employee worker operator technician mechanic assistant driver collaborator supervisor electrician welder company the this that these those when while after before during alarm control main maintenance production quality shift customer site field senior junior chief lead night no ticket work".split()
)
_BESIDE = (
    r"(?:by|per|told|called|contacted|asked|notified|advised|informed|emailed|phoned|messaged|texted|spoke (?:to|with)|"
    r"talked (?:to|with)|met|assisted|helped|thanked|employees?|workers?|operators?|technicians?|techs?|mechanics?|collaborators?|"
    r"assistants?|supervisors?|engineers?|colleagues?|partners?|cc|attn)"
)
_DOES = (
    r"(?:said|says|reported|reports|replaced|checked|found|repaired|fixed|noticed|arrived|called|emailed|advised|confirmed|"
    r"inspected|requested|notified|was|is|has|had|will|went|fell|slipped|hit|suffered|cut|tripped|removed|installed|tried|"
    r"performed|completed|came|informed|stated|indicated|felt|lost|decided|started|began|and|who|did|does|left|stopped|reset|cleaned)"
)
_SURNAME = r"(?P<surname>(?:[A-ZÀ-Ý]\.? )?(?:O['’]|Mc|Mac|De |Da |Dos |Van |Von )?[A-ZÀ-Ý][a-zà-ÿ'’-]{2,24})"
# The surname only ahead: else the word that begins a sentence would take a given name for its surname.
_FULL = re.compile(rf"(?<![\w.@/-])(?P<given>[A-ZÀ-Ý][a-zà-ÿ]{{1,14}})(?= {_SURNAME}(?![\w@/-]))")
_TURNED = re.compile(r"(?<![\w.@/-])[A-ZÀ-Ý][a-zà-ÿ'’-]{2,24}, (?P<given>[A-ZÀ-Ý][a-zà-ÿ]{2,14})(?![\w@/-])")
_ALONE = re.compile(r"(?<![\w.@/-])(?P<given>[A-ZÀ-Ý][a-zà-ÿ]{2,14})(?:['’]s)?(?![\w@-])")
# A word of a role, then a name that no list needs to know.
_ROLE = re.compile(
    r"(?<![\w])[Tt]he (?:injured )?(?:employee|worker|operator|technician|mechanic|assistant|driver|collaborator|supervisor|electrician|welder)s? "
    r"(?P<name>[A-ZÀ-Ý][a-zà-ÿ]{2,14}(?: [A-ZÀ-Ý][a-zà-ÿ]{2,20})?)(?![\w@/-])"
)
# Two capitalised words of which something is told that only a person does.
_ACTS = re.compile(
    r"(?<![\w.@/-])(?P<name>(?P<given>[A-ZÀ-Ý][a-zà-ÿ]{2,14}) (?P<surname>[A-ZÀ-Ý][a-zà-ÿ'’-]{2,24})) "
    r"(?:said|says|reported|reports|told|noticed|slipped|tripped|suffered|stated|informed|felt|decided|arrived|went|called|emailed|walked)(?!\w)"
)
_INITIAL = re.compile(r"(?<![\w])(?i:by|per|cc|attn)[: ]+(?P<name>[A-Z]\. ?[A-Z][a-z'’-]{2,24})(?![\w])")
_OTHER_CASE = re.compile(
    r"(?<![\w])(?:by|per|told|called|contacted|BY|PER|TOLD|CALLED|CONTACTED)[: ]+(?P<name>(?P<given>[a-z]{3,14}|[A-Z]{3,14})(?: (?P<surname>[a-z]{3,20}|[A-Z]{3,20}))?)(?![\w])"
)
_BEFORE = re.compile(rf"(?<![\w]){_BESIDE}[,:]? $", re.IGNORECASE)
_AFTER = re.compile(rf"^(?:['’]s)? {_DOES}(?!\w)")
_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]{3}")


def bare_names(text: str) -> Iterator[tuple[int, int]]:
    """Where names stand that no rank or label is beside [characters]; some may overlap.

    >>> [text[a:b] for text in ("김영훈이 펌프 점검", "이상은 없음", "Robert Miller is away") for a, b in bare_names(text)]
    ['김영훈', 'Robert Miller']
    """
    if _HANGUL.search(text):
        yield from (found.span("name") for found in _CANDIDATE.finditer(text) if _is_korean(found, text))
    if _LATIN.search(text):
        yield from _western(text)


def _is_korean(found: re.Match[str], text: str) -> bool:
    name, rest = found["name"], found["rest"]
    surname, first, second = name[:-2], name[-2], name[-1]
    grade = _grade(first, _FIRST, _FIRST_TOO) + _grade(second, _SECOND, _SECOND_TOO, most=3.0)
    if grade < 2 or not _fits(second, rest) or _is_word(name):
        return False
    near = text[max(0, found.start() - _NEAR) : found.start()] + " " + text[found.end() : found.end() + _NEAR]
    grade += 1.5 if _PERSON_DOES.search(near) else 0.0
    grade += 1.0 if surname in _SURE_SURNAMES or len(surname) == 2 else -1.0 if surname in _RARE else 0.0
    return grade >= _ENOUGH


def _grade(syllable: str, names: str, both: str, most: float = 2.0) -> float:
    if syllable in names:
        return most
    return most / 2 if syllable in both else -9.0


def _fits(last: str, rest: str) -> bool:
    """Whether what hangs on a name is a particle that fits its last sound."""
    consonant = (ord(last) - ord("가")) % 28 != 0
    return rest in _AFTER_EITHER or rest in (_AFTER_CONSONANT if consonant else _AFTER_VOWEL) or rest in RANKS.split("|")  # fmt: skip


def _is_word(name: str) -> bool:
    """Whether a candidate is a word of plants, alone or with a particle or an ending."""
    if name in NO_NAMES or name[1:] in NO_NAMES:
        return True
    if name[-1] == "은" and (ord(name[-2]) - ord("가")) % 28 != 0:
        return True  # after a consonant 은 is the particle sooner than a syllable
    return name[:2] in NO_NAMES and name[-1] not in _ONLY_NAMES


def _western(text: str) -> Iterator[tuple[int, int]]:
    """Surer and longer finds first."""
    yield from (
        (found.start(), found.end("surname")) for found in _FULL.finditer(text) if _is_full(found, text)
    )
    for pattern in (_ROLE, _ACTS):
        for found in pattern.finditer(text):
            if not {*found["name"].lower().split()} & (_NOT_SURNAMES | _NO_PERSONS):
                yield found.span("name")
    yield from (found.span() for found in _TURNED.finditer(text) if found["given"].lower() in _SURE_GIVEN)
    for found in _ALONE.finditer(text):
        if found["given"].lower() in _SURE_GIVEN and _beside(text, *found.span("given")):
            yield found.span("given")
    yield from (found.span("name") for found in _INITIAL.finditer(text))
    for found in _OTHER_CASE.finditer(text):
        if found["given"].lower() in _SURE_GIVEN:
            yield found.span("name" if _is_surname(found["surname"] or "") else "given")


def _is_full(found: re.Match[str], text: str) -> bool:
    """Whether two capitalised words are a given name and a surname."""
    given, surname = found["given"].lower(), found["surname"].rsplit(" ", 1)[-1].lower()
    if surname in _NOT_SURNAMES or surname in WORDS_TOO - GIVEN:
        return False
    return given in _SURE_GIVEN or (given in WORDS_TOO and _beside(text, found.start(), found.end("surname")))


def _is_surname(word: str) -> bool:
    word = word.lower()
    return len(word) > 3 and word not in _NOT_SURNAMES and re.fullmatch(_DOES, word) is None


def _beside(text: str, start: int, end: int) -> bool:
    return (
        _BEFORE.search(text[max(0, start - 24) : start]) is not None
        or _AFTER.match(text[end : end + 24]) is not None
    )
