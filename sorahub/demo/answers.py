"""How Alice answers the checklist that comes with the hub, for the demonstration's first clip."""

from reviews.models import ChecklistTemplate, TermsVersion
from sorahub.lib.canonical import Json

# Each question by its key: the finding, why, and the topic of the clause that it rests on, if it rests on one.
ANSWERS = {
    "bound": ("yes", "The agency, under the embedded service’s demo plan: one contract, no other hop.", ""),
    "output-assigned": ("yes", "The service assigns whatever right it may have.", "ownership"),
    "commercial-use": ("yes", "Advertising and client work are named.", "commercial_use"),
    "indemnity": ("no", "There is none: the agency bears the risk.", "indemnity"),
    "inputs-clean": ("yes", "Words alone went in.", ""),
    "depicted-declared": ("yes", "A harbour that nobody could name, and one red boat.", ""),
    "marks-kept": ("yes", "The file is as it came.", "marks"),
    "disclosure-planned": ("yes", "In the caption of every placement.", ""),
    "training-opt-out": ("yes", "The embedded service trains nothing.", ""),
    "prohibited-use": ("yes", "The terms prohibit nothing that is planned.", ""),
    "authorship": ("yes", "Alice wrote the prompt and chose among the takes.", ""),
    "exclusivity": ("yes", "None is promised: similar output may be made for others.", "ownership"),
}


def answers(checklist: ChecklistTemplate, terms: TermsVersion) -> list[dict[str, Json]]:
    """Return the answers to those of its questions that are known here; what counsel added stays open."""
    clauses = {clause.topic: str(clause.pk) for clause in terms.clauses.all()}
    asked = [one["key"] for one in checklist.questions if one["key"] in ANSWERS]
    return [
        {"key": key, "finding": finding, "words": words, "clauses": [clauses[topic]] if topic else []}
        for key, (finding, words, topic) in ((key, ANSWERS[key]) for key in asked)
    ]
