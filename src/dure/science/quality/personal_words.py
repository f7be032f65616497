"""What Korean, English and Japanese names stand beside in a plant's papers, and what only looks like a name.

Surnames: those that 99 of 100 people in Korea bear (Statistics Korea, census 2015), and the commoner ones of two
syllables. The words that begin like a name and are none were gathered from work orders and manuals by hand.
"""

SURNAMES = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용"
SURNAMES_OF_TWO = "남궁|황보|제갈|사공|선우|서문|독고|동방"
# A surname alone before a rank: only the commonest, for the rarer begin too many other words.
COMMONEST = "김이박최정강조윤장임한오서신권황안송류홍"

RANKS = "님|씨|대리|과장|차장|부장|사원|주임|반장|조장|팀장|기사|기장|소장|공장장|사장|이사|전무|상무|선임|책임|연구원|엔지니어|작업자|계장|직장"
RANKS_OF_SURNAME = "대리|과장|차장|부장|주임|반장|조장|팀장|계장"
LABELS = "작업자|작업자명|담당|담당자|담당자명|성명|이름|신고자|요청자|의뢰자|확인자|점검자|작성자|등록자|운전자|승인자|보고자|관리자|접수자|재해자|정비자|수리자|검사자|고객명|연락처"
LABELS_EN = "name|operator|technician|reported by|requested by|assigned to|contact|inspector|worker|employee|engineer|mechanic"
LABELS_JA = "担当者?|氏名|作業者|作成者|確認者|報告者|点検者"

# Words of plants that begin with a surname's syllable; before a rank or after a label they are no name.
NO_NAMES = frozenset(
    """
    고장 고온 고압 고정 고속 고무 고객 고객사 고임 공정 공장 공구 공급 공기 공조 공통 교대 교체 구동 구매 구역 국부 국내 금형 금속 금일 기계 기구
    기기 기동 기록 기본 기술 기술팀 기어 기타 길이 나사 남은 내부 노즐 노후 누설 담당 도면 도장 도착 라인 마모 마감 마찰 명단 모두 모터 문제 문서
    민감 미정 반복 반출 반입 방수 방진 방청 방향 배관 배선 배기 배출 배전 배전반 백업 변경 변압 변압기 변형 변환 부품 부하 불량 상부 서버 서명
    서비스 석유 선반 선별 선정 설계 설비 설비팀 설정 설치 성능 성형 성형기 소모 소음 소재 소형 손상 손실 송풍 송풍기 수동 수리 수분 신규 신청 신품
    신호 심각 심함 안내 안전 안전팀 압력 양산 양식 양품 양호 어제 여과 여분 여유 연결 연료 연마 연속 연수 오늘 오류 오염 오일 오전 오후 온도 옥내
    옥외 완료 용량 용접 용접기 용액 우선 우측 원료 원위치 원인 위치 위험 유압 유량 유지 유지보수 유출 육안 윤활 윤활유 은색 이동 이물 이물질 이상
    이송 이전 이후 인원 인입 인장 인버터 임시 임의 자동 작업 장비 장시간 장애 장착 장치 재고 전기 전기팀 전동 전동기 전등 전류 전무 전반 전선 전수
    전압 전원 전용 전장 전체 전파 정격 정기 정도 정밀 정비 정비팀 정상 정지 정전 정품 제거 제어 제어반 제작 제조 제품 조도 조립 조작 조정 조치 조건
    주간 주기 주말 주변 주야 주유 주의 주입 주조 주축 중단 지그 지연 지원 지정 지지 지침 진공 진단 진동 진행 차단 차단기 차량 차압 차주 채움 천장
    추가 추정 추후 탁도 편심 표면 표준 품질 하단 하부 하수 하역 한계 한번 함께 함량 현상 현장 현재 현황 협력 협력사 홍보 확인 황동 황산 허용 없음
    소유자 소유주 이미지 설명서 미상 해당 무관 본인 외주 당직 지게차 안전화 안전모 조명등 주전원 조속히 정비중 이상음 이상무 전원부 구동부 제어부 기동중 고정핀 고장남 고장시
    """.split()  # noqa: SIM905 - a list of words is read and kept more easily as text
)
NO_NAMES_JA = frozenset(["皆", "客", "業者", "担当者", "作業者", "奥", "御社", "同", "某", "両", "各"])
