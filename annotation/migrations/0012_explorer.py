from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0011_flow"),
    ]

    operations: list = []
