"""Settings of the whole suite: property tests draw the same examples everywhere and have no time limit."""

from hypothesis import HealthCheck, settings

settings.register_profile("diag", derandomize=True, deadline=None, max_examples=50)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("diag")
