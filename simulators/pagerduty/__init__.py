"""A PagerDuty of our own over real HTTP, with state that survives restarts: REST v2, Events v2, signed v3 webhooks.

Start it with `python -m simulators.pagerduty --help`; in a test use `testing.running_simulator`; what a test or a
demo can do to it from outside stands in `control`, where an alert's text is found in `render_log_entry`, the refusals
and their codes in `errors`, how deliveries fail in `webhooks`.

Where PagerDuty's documentation is silent or contradicts itself, it is the stricter or nastier of the two: a status set
on a resolved incident reopens it, acknowledging twice is refused to the same user, a snooze or a new title is not heard
of by webhook, log entries and on-calls come in the account's time zone unless `time_zone` is given, an override that
is made when its time has begun begins at that moment, the id of an override is listed only where editable ones are
asked for, one person's turns are not joined across a handoff. A schedule's restrictions are wall-clock times of its
own zone, whatever `time_zone` the request has.
In a shift-based schedule (`/v3/schedules`) the wall clock of an event is that of its instants in its zone, an override
needs a member who has a shift in its time, and what is over is not changed; rotations, events and single shifts are
read only.
A level whose schedules name nobody is passed.
It has one account, no teams, no custom fields, and its services are fixed (`directory`); more people, schedules and
escalation policies are declared from within (`declaring`, `declaring_v3`, `declaring_people`).
"""
