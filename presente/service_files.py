"""Unit files for systemd: the program as a hardened service, and a backup every night."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from common.seals import keys_folder

HARDENED = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices={devices}
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
# To ask whether NTP holds the clock; to set it takes a capability.
SystemCallFilter=adjtimex clock_adjtime
SystemCallErrorNumber=EPERM
"""
SERVICE = """\
[Unit]
Description=Presente, attendance by face
After=network-online.target
Wants=network-online.target

[Service]
User={user}
WorkingDirectory={program}
EnvironmentFile=-/etc/presente.env
Environment=PRESENTE_DATA={data}
ExecStart={python} manage.py serve --prepare --port {port}
Restart=on-failure
RestartSec=5
TimeoutStopSec=60
# Broker, web, workers and scheduler stop each other in order.
KillMode=mixed
{hardened}
[Install]
WantedBy=multi-user.target
"""
BACKUP = """\
[Unit]
Description=Backup of Presente

[Service]
Type=oneshot
User={user}
WorkingDirectory={program}
EnvironmentFile=-/etc/presente.env
Environment=PRESENTE_DATA={data}
ExecStart={python} manage.py backup {backup} --keys {backup_keys}
Nice=10
IOSchedulingClass=idle
{hardened}"""
TIMER = """\
[Unit]
Description=Backup of Presente, every night

[Timer]
OnCalendar=*-*-* 02:30
RandomizedDelaySec=15min
Persistent=yes

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Whose service it is, where it listens and where its backups go."""

    user: str
    port: int
    backup: Path
    backup_keys: Path
    gpio: bool = False


def service_files(places: Places) -> dict[str, str]:
    """Each unit file's content by its name."""
    known = {
        "user": places.user,
        "port": places.port,
        "program": settings.BASE_DIR,
        "python": sys.executable,
        "data": settings.DATA_DIR,
        "backup": places.backup,
        "backup_keys": places.backup_keys,
    }
    data = [Path(settings.DATA_DIR), keys_folder(), Path(settings.MODELS_DIR), Path(settings.BROWSER_DIR)]
    backups = [places.backup, places.backup_keys]
    return {
        "presente.service": SERVICE.format(hardened=_hardened(data, places), **known),
        "presente-backup.service": BACKUP.format(hardened=_hardened([*data, *backups], places), **known),
        "presente-backup.timer": TIMER,
    }


def _hardened(writable: list[Path], places: Places) -> str:
    outermost = [one for one in writable if not any(other in one.parents for other in writable)]
    used = [*writable, Path(str(settings.BASE_DIR)), Path(sys.executable)]
    at_home = any(Path(os.sep) / top in one.parents for one in used for top in ("home", "root"))
    return HARDENED.format(
        writable=" ".join(str(one) for one in dict.fromkeys(outermost)),
        # A program that lies in somebody's home has to be read there.
        home="read-only" if at_home else "yes",
        devices="no" if places.gpio else "yes",
    )
