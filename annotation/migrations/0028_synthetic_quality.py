from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0027_gates")]

    operations = []
