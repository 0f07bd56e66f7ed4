"""The settings of the test run: the program's own, read after ``presente.testing_env`` has set the environment."""

import presente.testing_env  # noqa: F401  has to come before the settings
from presente.settings import *
