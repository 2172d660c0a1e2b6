from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0021_judge_looked_at")]

    operations = []
