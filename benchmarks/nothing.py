"""A Bolt app in its default configuration that acknowledges and does nothing: the peer of ``acknowledging``."""

import sys

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from benchmarks.slack import APP_TOKEN, BOT_TOKEN


def main(url: str) -> None:
    """Serve until the process is ended."""
    client = WebClient(BOT_TOKEN, base_url=url)
    app = App(client=client)

    @app.command("/img")
    def _command(ack: Ack) -> None:
        ack()

    SocketModeHandler(app, APP_TOKEN, web_client=client).start()


if __name__ == "__main__":
    main(sys.argv[1])
