"""What generations announces to whoever lives above. reviews/listeners.py is where the listening is done.

Sent inside the transaction of the change, so that what a listener writes stands or falls with it. ``releases_asked`` and
``stops_asked`` are questions: what is kept above is told by whoever listens.
"""

from django.dispatch import Signal

project_created = Signal()  # project: Project, actor: User
clip_ingested = Signal()  # clip: Clip, actor: User
budget_warned = Signal()  # alarm: Alarm, of a budget: the first about this limit, or this outlook, in its period
references_weighed = (
    Signal()
)  # references: Sequence[Reference]; a listener answers {id: [words about missing consents]}
releases_asked = (
    Signal()
)  # client: UUID, names: Sequence[str]; answers with pairs of a name and its rules.names.ReleaseFacts
stops_asked = Signal()  # clip: Clip; a listener answers with words for each stop that stands on it
