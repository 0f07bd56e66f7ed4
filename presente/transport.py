"""Celery's Redis transport where kombu's own ends the worker, for what is no message, or leaves it waiting for ever."""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual

logger = logging.getLogger(__name__)


def install() -> None:
    """Have every ``redis://``, ``rediss://`` and ``redis+socket://`` address use it."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "presente.transport:Transport"


class QoS(redis.QoS):
    """What was taken and is not acknowledged: so many messages that no more is read."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge; where the broker cannot be told, the message is out of hand all the same.

        kombu keeps it. A worker of one task at a time then reads no more, neither from the broker nor from its broken
        connection, and so never connects again. The broker hands such a message out once more, when its time is over.
        """
        try:
            super().ack(delivery_tag)
        except self.channel.connection_errors:  # type: ignore[attr-defined]  # the stubs leave it out
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give it back, or drop it; the same where the broker cannot be told."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except self.channel.connection_errors:  # type: ignore[attr-defined]  # the stubs leave it out
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """Reads messages; text that is no JSON is dropped."""

    QoS = QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs leave it out
        except (ValueError, RecursionError) as error:
            # It has left its list already. What it said stays out of the log: it may hold anything.
            logger.error("a message that is no JSON was dropped (%s)", type(error).__name__)
            return True


class Transport(redis.Transport):
    """Delivers messages; JSON that is no message is dropped, and so is a message that the worker fails to take in."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str | None) -> None:
        if not self._is_message(message):
            logger.error("a message of the queue %s that has no envelope was dropped", queue)
            return
        try:
            super()._deliver(message, queue)
        except Exception as error:
            # kombu takes a KeyError for a lost connection too; here it is a message without what each task has.
            lost = isinstance(error, (*self.connection_errors, *self.channel_errors))
            if lost and not isinstance(error, KeyError):
                raise
            logger.exception("a message of the queue %s could not be taken in and was dropped", queue)
            self._forget(message["properties"]["delivery_tag"])

    def _is_message(self, message: Any) -> bool:
        """Whether kombu can unpack it, note it as delivered, and give it back."""
        try:
            unpacked = virtual.Message(message, channel=next(iter(self.channels or ())))
            return {"exchange", "routing_key"} <= unpacked.delivery_info.keys()
        # Whatever is wrong with it, it is no message.
        except Exception:
            return False

    def _forget(self, tag: str) -> None:
        for channel in self.channels or ():
            if tag in (channel.qos._delivered or ()):
                channel.basic_reject(tag, requeue=False)
