"""``python -m local.simulator``: serve the simulator until SIGTERM or SIGINT.

Environment: ``SIMULATOR_PORT`` (8090), ``SIMULATOR_ACK_DELAY`` (``1s``: an online phone answers that soon),
``NOTIFICATION_TOPIC`` (``projects/{p}/topics/{t}``, where notifications go) with ``BUS_URL`` or
``PUBSUB_EMULATOR_HOST``; without both of topic and bus no notification is sent.
"""

import os
import signal
import threading
from collections.abc import Mapping

from local.simulator.notifications import Publish
from local.simulator.operations import duration_s
from local.simulator.server import running
from local.stack_options import SIMULATOR_PORT

DEFAULT_ACK_DELAY = "1s"


def publisher(environment: Mapping[str, str]) -> Publish | None:
    """Return the way to the bus that the environment names, None where it names none.

    Google's own Pub/Sub is never used: a simulator has no business there.
    """
    topic = environment.get("NOTIFICATION_TOPIC", "")
    bus_url = environment.get("BUS_URL", "")
    if topic and bus_url:
        from shared.adapters.local_bus import LocalBus  # noqa: PLC0415  # only one bus is ever loaded

        local_bus = LocalBus(bus_url)
        return lambda message: local_bus.publish(topic, message)
    if topic and environment.get("PUBSUB_EMULATOR_HOST"):
        from shared.adapters.pubsub import PubSubBus  # noqa: PLC0415  # only one bus is ever loaded

        pubsub = PubSubBus()
        return lambda message: pubsub.publish(topic, message)
    return None


def main() -> None:
    """Serve until a signal asks to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    port = int(os.environ.get("SIMULATOR_PORT") or SIMULATOR_PORT)
    ack_delay_s = duration_s(os.environ.get("SIMULATOR_ACK_DELAY") or DEFAULT_ACK_DELAY)
    with running(publish=publisher(os.environ), ack_delay_s=ack_delay_s, port=port) as simulator:
        print(f"AMAPI simulator on {simulator.url}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
