from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0012_explorer"),
    ]

    operations: list = []
