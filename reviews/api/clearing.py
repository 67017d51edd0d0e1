"""Sign-offs, holds, overrides, clearance, and what leaves."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip
from reviews.actions import extensions, holds, overrides, sign
from reviews.actions.clear import clearance
from reviews.actions.deliver import grant_download
from reviews.actions.evidence import grant_bundle, request_bundle
from reviews.actions.presence import prove
from reviews.actions.sign_off_standing import standing_of
from reviews.actions.stages import stage_states
from reviews.api import filters, inputs, rights_inputs, rights_serializers, serializers
from reviews.api.sending import whole_file
from reviews.models import Bundle, Delivery, ExtensionRequest, Hold, Override, Reauthentication, SignOff
from reviews.rules.clearance import Clearance
from reviews.rules.presence import purpose_of
from reviews.rules.reasons import Reason
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet
from sorahub.accounts.roles import Kind

FOR_GUESTS = Reason("not-cleared", "This clip is not cleared for that.", "Ask the agency.")


class ClipRightsViewSet(ScopedViewSet):
    """What may be done with a clip, and how far it has come."""

    queryset = Clip.objects.select_related("project", "shot")
    serializer_class = serializers.ClearanceSerializer

    @extend_schema(parameters=[inputs.ClearanceQuery], responses=serializers.ClearanceSerializer)
    @action(detail=True, methods=["get"])
    def clearance(self, request: Request, pk: UUID) -> Response:
        """May these bytes be used for this, there, to this end, then, for this client? Granted and under what, or every reason why not.

        Guests learn whether, the agency's people also why not.
        """
        clip: Clip = self.get_object()
        answer = clearance(clip=clip, reader=self.actor, **self.asked(inputs.ClearanceQuery))
        if self.actor.kind == Kind.GUEST:
            answer = Clearance(answer.granted, [] if answer.granted else [FOR_GUESTS])
        return self.shown(answer)

    @extend_schema(responses=serializers.StageStateSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def stages(self, request: Request, pk: UUID) -> Response:
        """How each stage stands for these bytes; guests see their own."""
        states = stage_states(clip=self.get_object())
        if self.actor.kind == Kind.GUEST:
            states = [state for state in states if state.stage.role == Kind.GUEST]
        return Response(serializers.StageStateSerializer(states, many=True).data)

    @extend_schema(request=inputs.PurposeInput, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The original for this use and place, if it is cleared; the hand-over is written into the ledger."""
        grant = grant_download(actor=self.actor, clip=self.get_object(), **self.given(inputs.PurposeInput))
        return whole_file(grant.path, filename=grant.filename, sha256=grant.sha256)


class SignOffViewSet(ReadOnly):
    """Signatures. Never changed; a revocation is one of its own."""

    queryset = SignOff.objects.select_related("clip__project", "record_version__governing_set").with_stamps()
    serializer_class = rights_serializers.SignOffSerializer
    filterset_class = filters.SignOffFilter

    @extend_schema(request=rights_inputs.SignOffInput, responses={201: rights_serializers.SignOffSerializer})
    def create(self, request: Request) -> Response:
        """Approve or reject exactly the version whose hash was shown, with a proof of presence made for it."""
        given = self.given(rights_inputs.SignOffInput)
        sign.require_signer(self.actor, given["record_version"])
        purpose = purpose_of(given["record_version"].sha256, given["meaning"])
        proof = prove(actor=self.actor, purpose=purpose, given=given.pop("proof"))
        return self.created(sign.sign_record(actor=self.actor, reauthentication=proof, **given))

    @extend_schema(responses=rights_serializers.StandingSerializer)
    @action(detail=True, methods=["get"])
    def standing(self, request: Request, pk: UUID) -> Response:
        """How the sign-off stands now: signed, or suspended, revoked, superseded, expired; since when and why."""
        return Response(rights_serializers.StandingSerializer(standing_of(self.get_object())).data)

    @extend_schema(request=rights_inputs.SuspensionInput, responses={201: rights_serializers.SignOffSerializer})
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: UUID) -> Response:
        """Stop an approval for the time being, with a proof of presence made for it."""
        row: SignOff = self.get_object()
        given = self.given(rights_inputs.SuspensionInput)
        sign.require_signer(self.actor, row.record_version)
        proof = self._proof(row, SignOff.Meaning.SUSPENDED, given)
        return self.created(sign.suspend_sign_off(actor=self.actor, sign_off=row, reauthentication=proof, **given))

    @extend_schema(request=rights_inputs.ReinstatementInput, responses={201: rights_serializers.SignOffSerializer})
    @action(detail=True, methods=["post"])
    def reinstate(self, request: Request, pk: UUID) -> Response:
        """Sign a suspended approval again, with a proof of presence made for it; everything that an approval needs is asked anew."""
        row: SignOff = self.get_object()
        given = self.given(rights_inputs.ReinstatementInput)
        sign.require_signer(self.actor, row.record_version)
        proof = self._proof(row, SignOff.Meaning.REINSTATED, given)
        return self.created(sign.reinstate_sign_off(actor=self.actor, sign_off=row, reauthentication=proof, **given))

    @extend_schema(request=rights_inputs.RevocationInput, responses={201: rights_serializers.SignOffSerializer})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """End an approval from now on, with a proof of presence made for it."""
        row: SignOff = self.get_object()
        given = self.given(rights_inputs.RevocationInput)
        sign.require_signer(self.actor, row.record_version)
        proof = self._proof(row, SignOff.Meaning.REVOKED, given)
        return self.created(sign.revoke_sign_off(actor=self.actor, sign_off=row, reauthentication=proof, **given))

    def _proof(self, row: SignOff, meaning: str, given: dict[str, Any]) -> Reauthentication:
        return prove(actor=self.actor, purpose=purpose_of(row.record_sha256, meaning), given=given.pop("proof"))


class HoldViewSet(ReadOnly):
    """Stops on clips."""

    queryset = Hold.objects.select_related("clip__project")
    serializer_class = serializers.HoldSerializer
    filterset_class = filters.HoldFilter

    @extend_schema(request=inputs.HoldInput, responses={201: serializers.HoldSerializer})
    def create(self, request: Request) -> Response:
        """Stop everything that would leave of a clip."""
        return self.created(holds.place_hold(actor=self.actor, **self.given(inputs.HoldInput)))

    @extend_schema(request=inputs.ReasonInput, responses=serializers.HoldSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: UUID) -> Response:
        """End a hold."""
        row: Hold = self.get_object()
        return self.shown(holds.lift_hold(actor=self.actor, hold=row, **self.given(inputs.ReasonInput)))


class ExtensionRequestViewSet(ReadOnly):
    """Wider rights that people asked for."""

    queryset = ExtensionRequest.objects.select_related("clip__project", "asked_by")
    serializer_class = serializers.ExtensionRequestSerializer
    filterset_class = filters.ClipFilter

    @extend_schema(request=inputs.ExtensionInput, responses={201: serializers.ExtensionRequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask the legal approvers for a use that the record does not cover."""
        return self.created(extensions.ask_extension(actor=self.actor, **self.given(inputs.ExtensionInput)))

    @extend_schema(request=inputs.ExtensionAnswerInput, responses=serializers.ExtensionRequestSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Answer a request; it is granted only when a signed record covers it."""
        row: ExtensionRequest = self.get_object()
        given = self.given(inputs.ExtensionAnswerInput)
        return self.shown(extensions.settle_extension(actor=self.actor, request=row, **given))


class OverrideViewSet(ReadOnly):
    """Two-person exceptions to a block."""

    queryset = Override.objects.select_related("clip__project", "requested_by")
    serializer_class = serializers.OverrideSerializer
    filterset_class = filters.ClipFilter

    @extend_schema(request=inputs.OverrideInput, responses={201: serializers.OverrideSerializer})
    def create(self, request: Request) -> Response:
        """Ask for an exception; another person has to approve it."""
        return self.created(overrides.request_override(actor=self.actor, **self.given(inputs.OverrideInput)))

    @extend_schema(request=None, responses=serializers.OverrideSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve an exception that another person asked for."""
        return self.shown(overrides.approve_override(actor=self.actor, override=self.get_object()))


class DeliveryViewSet(ReadOnly):
    """What left, to whom, under which signature."""

    queryset = Delivery.objects.all()
    serializer_class = serializers.DeliverySerializer
    filterset_class = filters.ClipFilter


class BundleViewSet(ReadOnly):
    """Evidence bundles."""

    queryset = Bundle.objects.select_related("clip__project", "sign_off")
    serializer_class = serializers.BundleSerializer
    filterset_class = filters.BundleFilter

    @extend_schema(request=rights_inputs.BundleInput, responses={202: serializers.BundleSerializer})
    def create(self, request: Request) -> Response:
        """Ask for the evidence behind a sign-off; a job makes and verifies it."""
        return self.shown(request_bundle(actor=self.actor, **self.given(rights_inputs.BundleInput)), 202)

    @extend_schema(request=None, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The zip once it is ready; the hand-over is written into the ledger."""
        grant = grant_bundle(actor=self.actor, bundle=self.get_object())
        return whole_file(grant.path, filename=grant.filename, sha256=grant.sha256, media_type="application/zip")
