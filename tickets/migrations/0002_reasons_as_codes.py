"""Reasons of letters as codes with facts, so that each reader has them in their own language."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What was kept as words before stays readable as words.
KEPT_AS_WORDS = (("InboundMail", "reason"), ("Message", "joined_because"))
BATCH = 1000


def keep_words(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, old in KEPT_AS_WORDS:
        rows = apps.get_model("tickets", name).objects.exclude(**{old: ""})
        changed = []
        for row in rows.only("pk", old).order_by("pk").iterator(chunk_size=BATCH):
            row.because = [{"code": "said", "text": getattr(row, old)}]
            changed.append(row)
            if len(changed) == BATCH:
                rows.model.objects.bulk_update(changed, ["because"])
                changed = []
        rows.model.objects.bulk_update(changed, ["because"])


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.AddField("inboundmail", "because", models.JSONField(default=list)),
        migrations.AddField("message", "because", models.JSONField(default=list)),
        migrations.RunPython(keep_words, migrations.RunPython.noop),
        migrations.RemoveField("inboundmail", "reason"),
        migrations.RemoveField("message", "joined_because"),
    ]
