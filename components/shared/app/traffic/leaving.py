"""A browser that goes while something is sent to it.

Starlette then takes the connection for closed, and Streamlit, which reads its next message, for one that breaks the
protocol: a traceback in the log for whoever closes a tab at the wrong moment. Here what is sent to nobody is dropped,
and that the browser has gone comes the usual way, as the last thing that is read.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Leaving:
    """ASGI middleware: see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def to_whoever_is_there(message: Message) -> None:
            try:
                await send(message)
            except OSError:  # as servers say that it is closed (ASGI 2.4)
                if message["type"] != "websocket.send":
                    raise

        await self.app(scope, receive, to_whoever_is_there if scope["type"] == "websocket" else send)
