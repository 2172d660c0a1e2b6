"""How allauth behaves on a site whose people are made by its administrator."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up: `manage.py create_user` and the admin pages make accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
