"""A person who can sign in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Django's user, under our own name so that preferences can join it without a migration of the whole site."""

    class Meta(AbstractUser.Meta):
        db_table = "annotation_user"
