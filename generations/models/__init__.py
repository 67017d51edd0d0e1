"""What gets made, from project to clip."""

from generations.models.account import AccountLimit, PlanPeriod, ProviderAccount, WebhookDelivery
from generations.models.character import Character
from generations.models.clip import Clip, ClipGrant, ClipParent, ProvenanceReport, Rendition, Upload, Withdrawal
from generations.models.generation import Batch, ErrorClass, Generation, GenerationReference, State
from generations.models.importing import ImportFile, ImportMapping, ImportRow, ImportRun
from generations.models.invoice import Invoice, InvoiceLayout, InvoiceLine, InvoiceRuling
from generations.models.kept_words import KeptVersion, KeptWords, KnownName, PromptUse, SheetPart
from generations.models.project import Membership, Project, Pulse, Shot
from generations.models.prompt import Prompt, Reference
from generations.models.record import CapabilityRecord
from generations.models.reference import ReferenceChange, ReferenceIntake, ReferenceLabel
from generations.models.spend import Budget, BudgetCharge, BudgetPeriod, SpendEntry, SpendLine
from generations.models.tally import MadeTally, SpendTally, TallyMark
from generations.models.transfer import Transfer
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
    "ImportFile",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "Invoice",
    "InvoiceLayout",
    "InvoiceLine",
    "InvoiceRuling",
    "KeptVersion",
    "KeptWords",
    "KnownName",
    "MadeTally",
    "Membership",
    "PlanPeriod",
    "Project",
    "Prompt",
    "PromptUse",
    "ProvenanceReport",
    "ProviderAccount",
    "Pulse",
    "Reference",
    "ReferenceChange",
    "ReferenceIntake",
    "ReferenceLabel",
    "Rendition",
    "SheetPart",
    "Shot",
    "SpendEntry",
    "SpendLine",
    "SpendTally",
    "State",
    "TallyMark",
    "TimelineEntry",
    "Transfer",
    "Upload",
    "WebhookDelivery",
    "Withdrawal",
]
