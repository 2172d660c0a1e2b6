from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0022_importing")]

    operations = []
