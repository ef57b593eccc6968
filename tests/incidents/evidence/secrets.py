"""Secrets as they turn up in logs, each in a form in which something prints it."""

import base64
from collections.abc import Callable

#: Forms around a secret: what a reader must still recognise, and how the line is made of the secret.
FORMS: list[tuple[str, Callable[[str], str]]] = [
    ("Authorization: Bearer", lambda secret: f"GET / Authorization: Bearer {secret}"),
    ("authorization", lambda secret: f'{{"authorization": "Bearer {secret}", "status": 401}}'),
    (
        "Authorization: Basic",
        lambda secret: f"Authorization: Basic {base64.b64encode(f'bob:{secret}'.encode()).decode()}",
    ),
    ("Proxy-Authorization", lambda secret: f"Proxy-Authorization: Digest username=bob, response={secret}"),
    ("Bearer", lambda secret: f"sent Bearer {secret}1 to upstream"),
    ("password=", lambda secret: f"login failed user=bob password={secret} host=db"),
    ("DB_PASSWORD=", lambda secret: f"export DB_PASSWORD={secret}"),
    ("PGPASSWORD=", lambda secret: f"PGPASSWORD='{secret}' psql"),
    ("password", lambda secret: f'{{"user": "bob", "password": "{secret}", "n": 1}}'),
    ("passwd", lambda secret: f'{{"msg":"{{\\"passwd\\":\\"{secret}\\",\\"a\\":1}}"}}'),
    ("client_secret:", lambda secret: f"  client_secret: {secret}"),
    ("apiKey:", lambda secret: f'  apiKey: "{secret}"'),
    ("api_key=", lambda secret: f"GET /v1/x?api_key={secret}&user=bob HTTP/1.1"),
    ("token%3D", lambda secret: f"redirect=/next%3Ftoken%3D{secret}"),
    ("x-api-key:", lambda secret: f"x-api-key: {secret}"),
    ("'secret':", lambda secret: f"{{'secret': '{secret}'}}"),
    ("Pwd=", lambda secret: f"Server=db;Uid=sa;Pwd={secret}"),
    ("aws_secret_access_key", lambda secret: f"aws_secret_access_key = {secret}"),
    ("--password", lambda secret: f"exec: mysql --password {secret} -u root"),
    ("IDENTIFIED BY", lambda secret: f"CREATE USER x IDENTIFIED BY '{secret}'"),
    ("postgres://app:", lambda secret: f"cannot reach postgres://app:{secret}@db:5432/main?sslmode=require"),
    ("redis://:", lambda secret: f"cannot reach redis://:{secret}@cache:6379/0"),
    ("Set-Cookie: sid=", lambda secret: f"Set-Cookie: sid={secret}; Path=/; HttpOnly"),
    ("Cookie: a=", lambda secret: f"Cookie: a={secret}; b={secret}"),
    ("sessionid=", lambda secret: f"sessionid={secret}"),
    ("X-Amz-Signature=", lambda secret: f"https://b.s3.amazonaws.com/k?X-Amz-Signature={secret}"),
    ("ghp_", lambda secret: f"cloning with ghp_{secret}{secret}{secret}"),
    ("xoxb-", lambda secret: f"slack xoxb-{secret}-{secret}"),
    ("sk_live_", lambda secret: f"stripe sk_live_{secret}{secret}"),
    ("hooks.slack.com/services/", lambda secret: f"POST https://hooks.slack.com/services/T0/B0/{secret}"),
    ("eyJ", lambda secret: f"jwt eyJ{secret}.eyJ{secret}.{secret}"),
    (
        "BEGIN RSA PRIVATE KEY",
        lambda secret: f"-----BEGIN RSA PRIVATE KEY-----\nMII{secret}\n-----END RSA PRIVATE KEY-----",
    ),
]

#: Lines that only look as if they told something; a reader needs them as they are.
ORDINARY = [
    "2026-11-26T13:00:00Z INFO request served path=/api/v1/rooms status=200 duration=12ms",
    "basic authentication failed for user bob",
    "bearer certificate rejected by upstream",
    "SyntaxError: Unexpected token: <EOF>",
    "tokens=512 max_tokens: 100 token_type: bearer",
    'MountVolume.SetUp failed for volume "creds" : secret "db-creds" not found',
    "http://chatops-engine:8080/path?to=bob@example.com",
    "PWD=/app HOME=/root",
    "signal=9 sidecar: ready side=left",
    "password_changed_at=2026-01-01 secretName: db-creds",
    "commit 5f2a9c0d1e3b4a59687786a5b4c3d2e1f0a9b8c7 deployed",
    '{"password": null, "token": ""}',
    "mail to bob@example.com: see https://example.com/a/b?c=d#e",
]
