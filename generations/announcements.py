"""What generations announces to whoever lives above. reviews/listeners.py is where the listening is done.

Sent inside the transaction of the change, so that what a listener writes stands or falls with it.
"""

from django.dispatch import Signal

project_created = Signal()  # project: Project, actor: User
clip_ingested = Signal()  # clip: Clip, actor: User
references_weighed = (
    Signal()
)  # references: Sequence[Reference]; a listener answers {id: [words about missing consents]}
