"""The order in which other programs read the events."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0003_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="clockevent",
            index=models.Index(fields=["received_at", "id"], name="event_by_arrival"),
        ),
    ]
