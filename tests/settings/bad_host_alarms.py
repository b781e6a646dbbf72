"""Wrong values of whom a Docker host tells, each with the line that it gives after `config dify:`."""

from typing import Any

_HELD = "must be the absolute path of a file that holds the address; write it like /etc/dify/file"
MAIL: dict[str, Any] = {"sender": "dify@example.com", "server": "smtp.example.com", "loginFile": "/etc/dify/mail.json"}

ALARMS: tuple[tuple[dict[str, Any], str], ...] = (
    (
        {"mail": MAIL, "alarms.email": ["ops"]},
        'alarms.email[0]: got "ops"; must be an e-mail address; write it like ops@example.com',
    ),
    (
        {"mail": MAIL, "alarms.email": ["ops@example.com\r\nBcc: all@example.com"]},
        (
            'alarms.email[0]: got "ops@example.com\\r\\nBcc: all@example.com"; must be an e-mail address; write it '
            "like ops@example.com"
        ),
    ),
    (
        {"mail": MAIL, "alarms.email": ["ops@example.com", "Ops@example.com"]},
        (
            'alarms.email: got ["ops@example.com", "Ops@example.com"]; each address may appear once; remove the second '
            "one"
        ),
    ),
    (
        {"alarms.email": ["ops@example.com"]},
        ('alarms.email: got ["ops@example.com"]; mail needs a mail server; add dify:mail, or use webhookFile instead'),
    ),
    *(
        ({f"alarms.{key}": value}, f"alarms.{key}: got [hidden]; {_HELD}")
        for key in ("webhookFile", "heartbeatFile")
        for value in ("https://hooks.example.com/k3y", "webhook", "/etc/../webhook", "/etc/dify/web hook")
    ),
    ({"alarms.webhookFile": 1}, 'alarms.webhookFile: got 1; must be text; write one, for example "/etc/dify/webhook"'),
    (
        {"alarms.webhookFile": "/etc/dify/webhook", "alarms.heartbeatFile": "/etc/dify/webhook"},
        (
            'alarms.heartbeatFile: got "/etc/dify/webhook"; it is webhookFile, where people read; name another file, '
            "with an address of its own"
        ),
    ),
    ({"alarms.repeatHours": 0}, "alarms.repeatHours: got 0; must be at least 1; set 1 or more"),
    ({"alarms.repeatHours": 721}, "alarms.repeatHours: got 721; must be at most 720; set 720 or less"),
    (
        {"alarms.webhook": "https://hooks.example.com/k3y"},
        "alarms.webhook: got [hidden]; the key is unknown; use dify:alarms.webhookFile",
    ),
    (
        {"alarms.subscriptions": [{"email": "ops@example.com"}]},
        (
            "alarms.subscriptions: got [hidden]; the key is unknown; remove it or use one of email, webhookFile, "
            "heartbeatFile, repeatHours"
        ),
    ),
)
