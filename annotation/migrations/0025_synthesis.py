from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_api")]

    operations = []
