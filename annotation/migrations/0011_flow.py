from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0010_question_types"),
    ]

    operations: list = []
