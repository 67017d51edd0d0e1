"""What ended on closed days, counted once; all days are to be summed anew, now that there is more to sum."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0017_withdrawals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("DELETE FROM generations_tallymark", migrations.RunSQL.noop),
        migrations.RunSQL("DELETE FROM generations_spendtally", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='spendtally',
            name='month',
            field=models.DateField(default=datetime.date(1970, 1, 1), help_text='Its first day: what the pages of costs group by.'),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name='generation',
            index=models.Index(fields=['finished_at'], name='generation_by_end'),
        ),
        migrations.CreateModel(
            name='MadeTally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('month', models.DateField(help_text='Its first day: what the pages of costs group by.')),
                ('model', models.CharField(max_length=100)),
                ('currency', models.CharField(max_length=3)),
                ('rate_num', models.PositiveIntegerField()),
                ('rate_den', models.PositiveIntegerField()),
                ('succeeded', models.PositiveIntegerField()),
                ('failed', models.PositiveIntegerField()),
                ('frames', models.PositiveBigIntegerField(help_text='Of the clips of those that succeeded.')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='generations.provideraccount')),
                ('person', models.ForeignKey(help_text='Who launched it.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='generations.project')),
            ],
            options={
                'verbose_name_plural': 'made tallies',
                'ordering': ['day', 'id'],
                'constraints': [models.UniqueConstraint(fields=('day', 'project', 'account', 'model', 'person', 'currency', 'rate_num', 'rate_den'), name='made_tally_once')],
            },
        ),
    ]
