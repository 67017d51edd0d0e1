"""The rules of clearance once more, as one SQL statement over every clip that a person may see.

``reviews/rules/clearance.py`` decides; this is its mirror for questions over the whole library, held to it by random cases
(tests/reviews/actions/test_mirror.py, ``make bench-clearance``). It decides everything but the mathematics of the signature.
Nothing leaves on its word: what is shown or handed over is asked of the single function again.

``dialect``: the few words in which PostgreSQL and SQLite differ. ``small``: what there is little of (zones, governing sets,
duties, checklists) judged by the same Python as for one clip and handed to the statement as tables. ``conditions``: each code
with its condition. ``statement``: the statement that joins them.
"""
