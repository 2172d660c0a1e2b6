"""Accounts, roles, sign-in links and tokens."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth import user_logged_in
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode
from knox.models import get_token_model

from annotation.models import Item, Membership, Role, User
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.people import (
    add_member,
    create_user,
    ensure_administrator,
    find_by_sign_in_link,
    remove_member,
    sign_in_tokens,
    spend_sign_in_link,
)
from annotation.workflow.sweeping import sweep
from annotation.workflow.tokens import make_token
from tests.cast import Cast
from tests.threads import outcomes, together


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 151, "<script>", "lead", "a\0b", "a\nb"])
def test_a_name_that_cannot_be_an_account_is_refused(cast: Cast, name: str) -> None:
    before = User.objects.count()
    with pytest.raises(Refused):
        create_user(name)
    assert User.objects.count() == before


def test_a_new_account_has_no_password_and_no_rights(cast: Cast) -> None:
    user = create_user("fresh")
    assert not user.has_usable_password()
    assert not (user.is_staff or user.is_superuser)
    assert not Membership.objects.filter(user=user).exists()


def test_the_first_administrator_is_made_once(cast: Cast) -> None:
    assert ensure_administrator() == ensure_administrator()
    assert User.objects.filter(is_superuser=True).count() == 1


def link(user: User) -> tuple[str, str]:
    """(uid, token), as the address holds them."""
    return urlsafe_base64_encode(str(user.pk).encode()), sign_in_tokens.make_token(user)


def test_a_sign_in_link_is_spent_by_its_first_use(cast: Cast) -> None:
    uid, token = link(cast.stranger)
    assert find_by_sign_in_link(uid, token) == cast.stranger
    user_logged_in.send(sender=User, user=cast.stranger, request=None)
    assert find_by_sign_in_link(uid, token) is None


def test_a_link_is_spent_even_within_the_second_of_a_login(cast: Cast) -> None:
    user = cast.stranger
    user.last_login = timezone.now().replace(microsecond=1)
    user.save()
    uid, token = link(user)
    assert spend_sign_in_link(uid, token) == user
    assert spend_sign_in_link(uid, token) is None


@pytest.mark.django_db(transaction=True)
def test_ten_uses_of_a_link_at_once_sign_in_one(cast: Cast) -> None:
    uid, token = link(cast.stranger)
    signed_in = together([partial(spend_sign_in_link, uid, token)] * 10)
    assert [user for user in signed_in if user] == [cast.stranger]


def test_a_new_password_ends_the_api_tokens_of_its_owner_alone(cast: Cast) -> None:
    make_token(cast.stranger)
    make_token(cast.lead)
    cast.stranger.set_password("correct horse battery")
    cast.stranger.save()
    assert list(get_token_model().objects.values_list("user", flat=True)) == [cast.lead.pk]


def test_a_link_signs_in_its_own_person_alone(cast: Cast) -> None:
    _, token = link(cast.stranger)
    uid, _ = link(cast.lead)
    assert find_by_sign_in_link(uid, token) is None
    for wrong in ("", "!!!", "____", "9" * 40, "é"):
        assert find_by_sign_in_link(wrong, token) is None


def test_a_deactivated_person_cannot_use_their_link(cast: Cast) -> None:
    uid, token = link(cast.stranger)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    assert find_by_sign_in_link(uid, token) is None


def test_a_token_is_stored_as_a_hash_and_expires(cast: Cast) -> None:
    _, token = make_token(cast.lead)
    row = get_token_model().objects.get(user=cast.lead)
    assert token not in str(vars(row).values())
    assert row.expiry is not None


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused):
        add_member(cast.project, cast.stranger, "owner", by=cast.lead)
    assert not Membership.objects.filter(user=cast.stranger).exists()


def test_a_project_keeps_its_last_manager(cast: Cast) -> None:
    mine = Membership.objects.get(project=cast.project, user=cast.lead)
    with pytest.raises(Conflict):
        remove_member(mine, by=cast.lead)
    with pytest.raises(Conflict):
        add_member(cast.project, cast.lead, Role.ANNOTATOR, by=cast.lead)
    assert Membership.objects.get(pk=mine.pk).role == Role.MANAGER


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_at_once_leave_one(cast: Cast) -> None:
    add_member(cast.project, cast.stranger, Role.MANAGER, by=cast.lead)
    managers = list(Membership.objects.filter(project=cast.project, role=Role.MANAGER))
    outcomes([partial(remove_member, each, by=each.user) for each in managers], Conflict)
    assert Membership.objects.filter(project=cast.project, role=Role.MANAGER).count() == 1


def test_a_removed_persons_answers_stay_under_their_name(cast: Cast) -> None:
    cast.add("1")
    item = cast.answer(cast.annotator, "refund")
    remove_member(Membership.objects.get(project=cast.project, user=cast.annotator), by=cast.lead)
    assert item.annotations.get().annotator.name == "annotator"


def test_a_removed_persons_lease_goes_back_to_the_queue(cast: Cast) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    remove_member(Membership.objects.get(project=cast.project, user=cast.annotator), by=cast.lead)
    sweep()
    assert Item.objects.get(pk=lease.item_id).taken == 0
