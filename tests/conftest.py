"""What holds for all tests."""

from hypothesis import settings

# The same examples every time, so that a failure is never a matter of luck; and no deadline, because a busy machine
# is no fault. `pytest --hypothesis-profile default` looks further afield.
settings.register_profile("tunesmith", deadline=None, derandomize=True)
settings.load_profile("tunesmith")
