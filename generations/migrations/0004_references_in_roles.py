from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generations", "0003_carry_over")]
    operations = [
        migrations.RemoveField(model_name="generation", name="references"),
        migrations.AddField(
            model_name="generation",
            name="references",
            field=models.ManyToManyField(
                blank=True,
                related_name="generations",
                through="generations.GenerationReference",
                to="generations.reference",
            ),
        ),
    ]
