from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0028_synthetic_quality")]

    operations = []
