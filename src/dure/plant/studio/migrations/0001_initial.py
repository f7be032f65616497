import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import dure.plant.studio.models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Sheet',
            fields=[
                ('id', models.CharField(default=dure.plant.studio.models.new_id, max_length=32, primary_key=True, serialize=False, verbose_name='sheet')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('source', models.JSONField(default=dict, verbose_name='source')),
                ('rows', models.BigIntegerField(default=0, verbose_name='rows')),
                ('columns', models.JSONField(blank=True, default=list, verbose_name='columns')),
                ('fingerprint', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the source')),
                ('created', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('changed', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
            ],
            options={
                'verbose_name': 'sheet',
                'verbose_name_plural': 'sheets',
                'ordering': ['-changed'],
            },
        ),
        migrations.CreateModel(
            name='FeedToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hashed', models.CharField(max_length=64, unique=True, verbose_name='SHA-256 of the token')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='given')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='given by')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='studio.sheet', verbose_name='sheet')),
            ],
            options={
                'verbose_name': 'token of a feed',
                'verbose_name_plural': 'tokens of feeds',
                'ordering': ['-at'],
            },
        ),
    ]
