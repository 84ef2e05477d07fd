"""What ends a demo early."""

from shared.errors import Stop


class NotHeld(Stop):
    """What a step was to show did not hold."""
