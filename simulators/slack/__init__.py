"""A Slack of our own over real HTTP: one incoming webhook and the channel it posts to.

Start it with `python -m simulators.slack --help`; in a test use `testing.running_slack`. What a test or a demo can do to it from
outside stands in `control`, what it accepts and refuses in `webhook`.

It renders nothing and knows no users: a message is kept as it came. The newest messages are kept, in memory.
"""
