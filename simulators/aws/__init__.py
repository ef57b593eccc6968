"""An AWS of our own over real HTTP: `moto` for RDS, CloudWatch and STS, with a gate in front of it.

Start it with `python -m simulators.aws --help`; in a test use `testing.running_aws`. What is in it stands in `world`, what can go
wrong in `faults`, what moto has not and AWS has (planned maintenance, a reboot that takes its time) in `databases`.

moto keeps its accounts in the process: one is served at a time, and nothing survives it.
"""
