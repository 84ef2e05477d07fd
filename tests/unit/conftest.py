"""How properties are tried out: what fails prints the blob that repeats it, and no example is too slow."""

from hypothesis import settings

settings.register_profile("crossfade", print_blob=True, deadline=None)
settings.load_profile("crossfade")
