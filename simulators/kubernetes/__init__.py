"""A Kubernetes API server of our own over real HTTP, with controllers that make what was asked for come true.

Start it with `python -m simulators.kubernetes --help`; in a test use `testing.running_cluster`. What a test or a demo can do to it
from outside stands in `control`, what it refuses and in which words in `errors`, what is in it in `seeding`.

The official client and kubectl are content with it. It knows the kinds of `resources` and no others; pods are made by ReplicaSets
alone; nobody can be created or deleted but pods. Service meshes, admission, quotas, server-side apply and `exec` do not exist.
"""
