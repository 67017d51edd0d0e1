"""What gets made, from project to clip."""

from generations.models.account import ProviderAccount, WebhookDelivery
from generations.models.clip import Clip, ClipGrant, ProvenanceReport, Rendition, Upload
from generations.models.generation import Batch, ErrorClass, Generation, SpendEntry, State
from generations.models.project import Membership, Project, Pulse, Shot
from generations.models.prompt import Prompt, Reference

__all__ = [
    "Batch",
    "Clip",
    "ClipGrant",
    "ErrorClass",
    "Generation",
    "Membership",
    "Project",
    "Prompt",
    "ProvenanceReport",
    "ProviderAccount",
    "Pulse",
    "Reference",
    "Rendition",
    "Shot",
    "SpendEntry",
    "State",
    "Upload",
    "WebhookDelivery",
]
