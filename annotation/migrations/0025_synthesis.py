from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_api")]

    operations = [
        migrations.AddField(
            "item",
            "family",
            models.BigIntegerField(
                help_text="The imported item that a generated one comes from in the end; null for its own family.",
                null=True,
            ),
        ),
    ]
