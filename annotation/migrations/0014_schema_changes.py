from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0013_people_at_work"),
    ]

    operations: list = []
