"""System checks with stable ids (presente.E001 ...): what `manage.py check` and `manage.py doctor` report."""
