"""A worker whose broker ends while it works notices that when its task is done, and connects again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Consumer, Message, Queue
from redis.exceptions import ConnectionError as NoBroker

from presente import broker, transport
from presente.testing import embedded_broker


@pytest.mark.parametrize("answer", ["ack", "reject", "requeue"])
def test_a_task_that_ends_while_the_broker_is_away_does_not_keep_the_worker_from_reading(
    tmp_path: Path, answer: str
) -> None:
    transport.install()
    taken: list[Message] = []

    def take(_body: Any, message: Message) -> None:
        taken.append(message)

    options = {"socket_connect_timeout": 2, "socket_timeout": 5}
    with Connection(broker.message_url(tmp_path), transport_options=options) as connection:
        queue = Queue("work")
        with embedded_broker(tmp_path):
            consumer = Consumer(connection.channel(), queues=[queue], callbacks=[take], prefetch_count=1)
            consumer.consume()
            connection.Producer().publish({}, routing_key="work", declare=[queue])
            connection.drain_events(timeout=10)
        (message,) = taken

        with pytest.raises(NoBroker):
            getattr(message, answer)()

        # It reads its connection, which is broken: that is what makes a worker connect again.
        with pytest.raises(NoBroker):
            connection.drain_events(timeout=10)
