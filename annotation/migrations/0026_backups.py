from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0025_synthesis")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="kind",
            field=models.CharField(
                choices=[
                    ("openai", "Language model (OpenAI-compatible)"),
                    ("ml_backend", "Label Studio ML back end"),
                ],
                default="openai",
                help_text="What is spoken at this address.",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="connection",
            name="model",
            field=models.CharField(
                blank=True,
                help_text="The model's name at this address. Not needed for an ML back end.",
                max_length=200,
            ),
        ),
    ]
