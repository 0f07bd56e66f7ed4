"""Named scenarios of leave: what the documentation shows and the tests run."""

from leave.tests.scenarios import granted, used

ALL = (*granted.ALL, *used.ALL)
