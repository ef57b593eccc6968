"""A PagerDuty of our own.

REST v2, Events v2 and signed v3 webhooks over real HTTP, with state that survives restarts.
"""
