"""The HTTP application: the webhook and the control API over one channel."""

from starlette.applications import Starlette

from simulators.slack.channel import Channel
from simulators.slack.control import ControlRoutes
from simulators.slack.webhook import WebhookRoutes


def make_application(channel: Channel) -> Starlette:
    """What a server serves."""
    return Starlette(routes=[*WebhookRoutes(channel).routes(), *ControlRoutes(channel).routes()])
