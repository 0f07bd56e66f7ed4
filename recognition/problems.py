"""What the engine raises, as an answer over HTTP: the one place where it is translated."""

from __future__ import annotations

import logging

from django.utils.translation import gettext as _

from common.problems import FieldError, Problem, as_problem
from employees.vault import VaultError
from recognition import wording
from recognition.engine.types import ImageRejected, ModelUnavailable

logger = logging.getLogger(__name__)
TOO_LARGE = "too_large"
MODEL_RETRY_SECONDS = 30


@as_problem.register
def _of_image(error: ImageRejected) -> Problem:
    """413 for a file that is too large, 422 for bytes that are no usable picture."""
    field = FieldError("file", error.code, wording.message(error.code), wording.remedy(error.code))
    return Problem(413 if error.code == TOO_LARGE else 422, error.code, error.message, errors=[field])


@as_problem.register
def _of_model(error: ModelUnavailable) -> Problem:
    """503: the reader is told whom to ask, the log which file it is."""
    logger.error("The recognition model cannot be used: %s", error)
    message = _("The recognition model cannot be used. The operator should run `manage.py doctor`.")
    return Problem(503, error.code, message, retry_after=MODEL_RETRY_SECONDS)


@as_problem.register
def _of_vault(error: VaultError) -> Problem:
    """503: what is stored cannot be opened, by nobody, until the operator brings the key back."""
    logger.error("Stored data cannot be opened: %s", error)
    message = _("The faces cannot be opened. The operator should run `manage.py doctor`.")
    return Problem(503, "key_unusable", message, retry_after=MODEL_RETRY_SECONDS)
