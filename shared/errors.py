"""Every error of Crossfade; the class says what to do about it.

CrossfadeError
├── Stop                  the operator must act; the process ends with the sentence, exit code 1
│   ├── Unusable          something required is missing or set wrongly: exit code 2
│   └── SourceUnfit       London's server cannot be followed as it is configured
├── Retry                 it may go through later: wait with back-off and try again
│   ├── DatabaseAway      a database that cannot be reached, or is going down
│   ├── Deadlock          the transaction was rolled back whole; run it again
│   ├── Flood             so many dead letters that it is not about single records: wait until that is mended
│   └── LogAway           Kafka cannot be reached, or lacks in-sync replicas
├── Park                  this record, and no other, cannot be applied: to the dead letters with its reason
│   ├── InvalidRecord     not a record of ours, or its document breaks the schema
│   └── TooLarge          larger than the log takes
└── OwnershipLost         another process owns the partition now: drop what is in hand
"""


class CrossfadeError(Exception):
    """The root; str() of any of these is a sentence for an operator."""


class Stop(CrossfadeError):
    """The operator must act before this can go on."""


class Unusable(Stop):
    """A setting, file or program that is required is missing or wrong."""


class SourceUnfit(Stop):
    """London's server is configured in a way that would lose changes silently."""


class Retry(CrossfadeError):
    """It may go through later."""


class DatabaseAway(Retry):
    """A database cannot be reached or is going down."""


class Deadlock(Retry):
    """The server rolled the whole transaction back in favour of another."""


class Flood(Retry):
    """So many records were parked that something common to them is wrong."""


class LogAway(Retry):
    """Kafka cannot be reached or cannot acknowledge."""


class Park(CrossfadeError):
    """One record cannot be applied; the rest goes on."""


class InvalidRecord(Park):
    """Not a record of ours, of an unknown schema version, or a document that breaks its schema."""


class TooLarge(Park):
    """A record larger than the log takes."""


class OwnershipLost(CrossfadeError):
    """Another process owns the partition now."""
