"""PagerDuty: REST v2 by `client`, webhooks v3 by `webhooks`. Nothing outside this folder knows its JSON."""
