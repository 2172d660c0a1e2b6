"""Invitations: who gets in by a link, how often, how long, and as what."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from annotation.models import Event, Invitation, Membership, Project, Role, User, Verb
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.inviting import Offer, find_by_token, invite, join, join_anew, revoke_invitation
from annotation.workflow.people import Terms, add_member, change_terms, create_user, remove_member
from tests.cast import Cast
from tests.threads import outcomes

PASSWORD = "correct horse battery"


def role_of(cast: Cast, user: User) -> str | None:
    return Membership.objects.filter(project=cast.project, user=user).values_list("role", flat=True).first()


def test_a_link_lets_so_many_in_as_what_it_says_and_is_stored_as_a_hash(cast: Cast) -> None:
    invitation, token = invite(cast.project, Offer(Role.REVIEWER, uses=1), by=cast.lead)
    assert invitation.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(Invitation.objects.values().get())
    found = find_by_token(token)
    assert found is not None
    join(found, cast.stranger)
    assert role_of(cast, cast.stranger) == Role.REVIEWER
    assert find_by_token(token) is None
    with pytest.raises(Conflict):
        join(found, create_user("late"))
    assert [event.user_id for event in Event.objects.filter(verb=Verb.JOINED)] == [cast.stranger.pk]


def test_an_invitation_raises_nobodys_role_and_spends_nothing_on_members(cast: Cast) -> None:
    invitation, _ = invite(cast.project, Offer(Role.MANAGER), by=cast.lead)
    join(invitation, cast.annotator)
    assert role_of(cast, cast.annotator) == Role.ANNOTATOR
    assert Invitation.objects.get().uses == 0


def test_revoked_expired_unknown_and_those_of_a_former_manager_let_nobody_in(cast: Cast) -> None:
    tokens = []
    for _ in range(2):
        invitation, token = invite(cast.project, Offer(), by=cast.lead)
        tokens.append(token)
    revoke_invitation(invitation, by=cast.lead)
    with pytest.raises(Conflict):
        revoke_invitation(invitation, by=cast.lead)
    Invitation.objects.exclude(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for demote in (True, False):
        deputy = create_user(f"deputy-{demote}")
        membership = add_member(cast.project, deputy, Role.MANAGER, by=cast.lead)
        _, token = invite(cast.project, Offer(), by=deputy)
        tokens.append(token)
        if demote:
            change_terms(membership, Terms(Role.REVIEWER), by=cast.lead)
        else:
            remove_member(membership, by=cast.lead)
    assert [find_by_token(token) for token in (*tokens, "unknown", "")] == [None] * 6


def test_an_account_comes_with_the_invitation_or_not_at_all(cast: Cast) -> None:
    invitation, _ = invite(cast.project, Offer(uses=2), by=cast.lead)
    refusals = (("lead", PASSWORD, "username"), ("no spaces!", PASSWORD, "username"), ("ada", "12", "password"))
    for name, password, field in refusals:
        with pytest.raises(Refused) as refused:
            join_anew(invitation, name, password)
        assert refused.value.field == field
    assert not User.objects.filter(username="ada").exists()
    assert join_anew(invitation, "ada", PASSWORD).role == Role.ANNOTATOR
    assert User.objects.get(username="ada").check_password(PASSWORD)
    revoke_invitation(invitation, by=cast.lead)
    with pytest.raises(Conflict):
        join_anew(invitation, "bob", PASSWORD)
    assert not User.objects.filter(username="bob").exists()


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (Offer(role="owner"), "role"),
        (Offer(uses=0), "uses"),
        (Offer(uses=1_001), "uses"),
        (Offer(days=0), "days"),
        (Offer(days=91), "days"),
        (Offer(note="x" * 201), "note"),
        (Offer(note="nul\0"), "note"),
    ],
)
def test_what_cannot_be_offered_is_refused_at_its_field(cast: Cast, offer: Offer, field: str) -> None:
    with pytest.raises(Refused) as refused:
        invite(cast.project, offer, by=cast.lead)
    assert refused.value.field == field
    assert not Invitation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_the_last_place_at_once_one_gets_in(cast: Cast) -> None:
    invitation, _ = invite(cast.project, Offer(), by=cast.lead)
    people = [create_user(f"person-{number}") for number in range(10)]

    takes = [partial(join, Invitation.objects.get(pk=invitation.pk), person) for person in people]
    assert sum(isinstance(each, Membership) for each in outcomes(takes, Conflict)) == 1
    assert Project.objects.get(pk=cast.project.pk).memberships.filter(user__in=people).count() == 1
