"""The embedded default: PostgreSQL and Valkey from their wheels, and one supervisor for every process of the portal.

It starts the product as child processes and knows nothing of its inside: nothing here imports Django.
"""
