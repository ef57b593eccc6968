"""The demo world: vendors that keep state and speak real HTTP.

The product never imports it, and it imports no product code.
"""
