"""Backups: what is copied (``content``), how it is stored (``repository``), made (``making``) and put back
(``restoring``)."""
