"""What the catalogue refuses, each in one sentence."""

from dure.vocabulary import InputError, SourceProblem, Text


class DatasetUnknown(InputError):
    """A dataset that the inventory does not have."""

    key = "catalog-dataset-unknown"
    says = Text("There is no dataset {where} on this node.", "이 노드에 {where} 데이터셋이 없습니다.")
    remedy = Text(
        "Choose one of those that are measured here: dure catalog publish --list.",
        "이 노드에서 측정한 데이터셋 중에서 고르세요: dure catalog publish --list.",
    )


class EntryUnknown(InputError):
    """An entry that is not in the catalogue, or no longer."""

    key = "catalog-entry-unknown"
    says = Text("The catalogue has no entry {where}.", "카탈로그에 {where} 항목이 없습니다.")
    remedy = Text(
        "Search for it again; it may have been withdrawn.", "다시 찾아 보세요. 철회된 항목일 수 있습니다."
    )


class NotToBeShared(InputError):
    """A dataset under an obligation that forbids sharing."""

    key = "catalog-not-to-be-shared"
    says = Text(
        "{where} is not offered: it carries the obligation {obligation}.",
        "{where}은(는) 제공할 수 없습니다. {obligation} 의무가 붙어 있습니다.",
    )
    remedy = Text("Ask whoever the data came from.", "데이터를 제공한 쪽에 문의해 주세요.")


class FeedRefused(SourceProblem):
    """A page of a feed that is not taken."""

    key = "catalog-feed-refused"
    says = Text("The feed of {where} is not taken: {why}.", "{where}의 변경 피드를 받지 않았습니다: {why}.")
    remedy = Text(
        "Ask its publisher; nothing of the page was kept.",
        "게시자에게 문의해 주세요. 받은 내용은 저장하지 않았습니다.",
    )


class HarvestFailed(SourceProblem):
    """Another catalogue that does not answer as it should."""

    key = "catalog-harvest-failed"
    says = Text("{where} was not harvested: {why}.", "{where}에서 수집하지 못했습니다: {why}.")
    remedy = Text(
        "What was found earlier stays, with its date; it is tried again at the next turn.",
        "이전에 수집한 항목은 날짜와 함께 남아 있으며 다음 차례에 다시 시도합니다.",
    )


class NeedWrong(InputError):
    """A need that says nothing that could be looked for."""

    key = "catalog-need-wrong"
    says = Text("This need cannot be kept, {where}: {why}.", "이 수요를 등록할 수 없습니다. {where}: {why}.")
    remedy = Text("Name at least one column or one event.", "열이나 이벤트를 하나 이상 적어 주세요.")
