from django.db import migrations, models


def number(apps, schema):
    """Models of before are versions of the lineage of their name, in the order in which they came."""
    del schema
    known = {}
    for model in apps.get_model("registry", "ModelVersion").objects.order_by("created", "pk"):
        known[model.name] = known.get(model.name, 0) + 1
        model.lineage, model.number = model.name, known[model.name]
        model.save(update_fields=["lineage", "number"])


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='modelversion',
            name='lineage',
            field=models.CharField(blank=True, db_index=True, default='', max_length=200, verbose_name='lineage'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='modelversion',
            name='number',
            field=models.PositiveIntegerField(default=1, verbose_name='version'),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='asked',
            field=models.JSONField(blank=True, default=dict, verbose_name='what was asked'),
        ),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
