"""An alarm says which budget it is about, so that those see it who see the budget."""

import django.db.models.deletion
from django.db import migrations, models


def name_budgets(apps, schema_editor):
    """Until now only an alarm's key said it: "budget:", the period's number, the limit."""
    alarms, periods = (apps.get_model("generations", name).objects.using(schema_editor.connection.alias) for name in ("Alarm", "BudgetPeriod"))
    for alarm in alarms.filter(kind="money", key__startswith="budget:"):
        number = alarm.key.split(":")[1]
        if number.isdecimal():
            alarms.filter(pk=alarm.pk).update(budget=periods.filter(pk=number).values("budget")[:1])


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0019_references_from_clips'),
    ]

    operations = [
        migrations.AddField(
            model_name='alarm',
            name='budget',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='generations.budget'),
        ),
        migrations.RunPython(name_budgets, migrations.RunPython.noop),
    ]
