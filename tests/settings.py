"""The settings of the test run: the program's own, read after ``presente.testing_env`` has set the environment."""

from django.contrib.auth.hashers import Argon2PasswordHasher

import presente.testing_env  # noqa: F401  has to come before the settings
from presente.settings import *


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that costs next to nothing: nearly every test makes somebody with a password or a PIN."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


PASSWORD_HASHERS = ["tests.settings.QuickArgon2"]
