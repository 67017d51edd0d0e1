from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0008_kept_records'),
    ]

    operations = [
        migrations.AddField(
            model_name='clipgrant',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='It ends then by itself.', null=True),
        ),
    ]
