"""The admin's charts are those of every other page."""

from sorahub.lib.charts import Bar, Chart, bars

__all__ = ["Bar", "Chart", "bars"]
