"""A Grafana of our own over real HTTP: it finds dashboards and renders panels as pictures.

Start it with `python -m simulators.grafana --help`; in a test use `testing.running_grafana`. What it answers stands in `api`, what
can go wrong in `faults`, how a picture is made in `picture`. There is a dashboard for each service, its uid the service's name.
"""
