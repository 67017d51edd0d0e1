import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0004_rights_in_full'),
    ]

    operations = [
        migrations.AddField(
            model_name='release',
            name='replaces',
            field=models.OneToOneField(blank=True, editable=False, help_text='The release that was withdrawn for this one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='reviews.release'),
        ),
    ]
