"""What gets made, from project to clip."""

from generations.models.account import AccountLimit, PlanPeriod, ProviderAccount, WebhookDelivery
from generations.models.character import Character
from generations.models.clip import Clip, ClipGrant, ClipParent, ProvenanceReport, Rendition, Upload
from generations.models.generation import Batch, ErrorClass, Generation, GenerationReference, State
from generations.models.invoice import Invoice, InvoiceLayout, InvoiceLine, InvoiceRuling
from generations.models.project import Membership, Project, Pulse, Shot
from generations.models.prompt import Prompt, Reference
from generations.models.record import CapabilityRecord
from generations.models.spend import Budget, BudgetCharge, BudgetPeriod, SpendEntry, SpendLine
from generations.models.tally import SpendTally, TallyMark
from generations.models.watch import Alarm, TimelineEntry

__all__ = [
    "AccountLimit",
    "Alarm",
    "Batch",
    "Budget",
    "BudgetCharge",
    "BudgetPeriod",
    "CapabilityRecord",
    "Character",
    "Clip",
    "ClipGrant",
    "ClipParent",
    "ErrorClass",
    "Generation",
    "GenerationReference",
    "Invoice",
    "InvoiceLayout",
    "InvoiceLine",
    "InvoiceRuling",
    "Membership",
    "PlanPeriod",
    "Project",
    "Prompt",
    "ProvenanceReport",
    "ProviderAccount",
    "Pulse",
    "Reference",
    "Rendition",
    "Shot",
    "SpendEntry",
    "SpendLine",
    "SpendTally",
    "State",
    "TallyMark",
    "TimelineEntry",
    "Upload",
    "WebhookDelivery",
]
