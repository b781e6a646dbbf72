"""Wrong values of a Docker host's stack file, each with the line that it gives after `config dify:`."""

from typing import Any

from tests.settings.bad_host_alarms import ALARMS, MAIL
from tests.settings.bad_postgresql import ON_A_HOST
from tests.settings.stack_files import REMOVED

_SIZES = ("web", "api", "worker", "beat", "collaboration", "pluginDaemon", "sandbox", "ssrfProxy", "nginx")
_SIZED = (*(f"services.{name}" for name in _SIZES), "database", "cache", "backups")
_TEXT = 'must be text; write one, for example "{}"'
_NUMBER = "must be a whole number; write one, for example {}"
_SWITCH = "must be true or false; write one, for example {}"
_ENGINE = (
    "must be a unix:// socket or ssh://: whoever reaches an engine owns the host; "
    "write it like unix:///var/run/docker.sock or ssh://deploy@host.example.com"
)
_LIMIT = {"routes": "login", "per": "ip", "requests": 100, "windowSeconds": 300}
_PATH = "must be the absolute path of a file on the host; write it like /etc/dify/file"
COPY = {"bucket": "example-backups", "region": "eu-central-1"}

BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"target": "kubernetes", "host": REMOVED, "tls": REMOVED}, ""),
    ({"environment": "test"}, 'environment: got "test"; must be one of prod, staging, dev; set one of them'),
    ({"domain": REMOVED}, 'domain: got nothing; the key is required; add it, for example "dify.example.com"'),
    (
        {"domain": "https://dify.example.com"},
        (
            'domain: got "https://dify.example.com"; must be one lower-case host name without scheme, port, path or '
            "wildcard; write it like dify.example.com"
        ),
    ),
    (
        {"release": "latest"},
        'release: got "latest"; must be a release number N.N.N; set one of 1.17.1, 1.17.0, 1.16.0',
    ),
    ({"lifecycle": "disposable"}, 'lifecycle: got "disposable"; prod must keep its data; set retain'),
    (
        {"host": REMOVED},
        "host: got nothing; the key is required; add it, its keys are memoryGib, cpus, openFiles, docker",
    ),
    ({"host.memoryGib": 2}, "host.memoryGib: got 2; must be at least 4; set 4 or more"),
    (
        {"host.memoryGib": 31},
        (
            "host.memoryGib: got 31; all containers and 2048 MiB for the system need 32000 MiB; set 32 if the host has "
            "it, or lower services.api.memoryMib first"
        ),
    ),
    ({"host.cpus": 1}, "host.cpus: got 1; must be at least 2; set 2 or more"),
    (
        {"host.cpus": 7},
        (
            "host.cpus: got 7; the limits of all containers, 16 CPUs, are more than 2 times those of the host; use a "
            "larger host, or lower the largest cpus"
        ),
    ),
    (
        {"host.openFiles": 4096},
        "host.openFiles: got 4096; prod needs at least 65536 descriptors for each process; set 65536 or more",
    ),
    ({"host.docker": "tcp://host:2375"}, f'host.docker: got "tcp://host:2375"; {_ENGINE}'),
    ({"tls.selfSigned": "yes"}, f'tls.selfSigned: got "yes"; {_SWITCH.format("false")}'),
    (
        {"tls": {}},
        (
            "tls.certificateFile: got nothing; HTTPS needs a certificate; name the file, or set selfSigned: true for a "
            "test"
        ),
    ),
    (
        {"tls.certificateFile": "/etc/dify/c.pem", "tls.keyFile": "/etc/dify/k.pem"},
        (
            'tls.certificateFile: got "/etc/dify/c.pem"; only one of certificateFile and selfSigned may be set; '
            "remove one of them"
        ),
    ),
    (
        {"tls": {"certificateFile": "c.pem", "keyFile": "/etc/dify/k.pem"}},
        f'tls.certificateFile: got "c.pem"; {_PATH}',
    ),
    (
        {"tls": {"certificateFile": "/etc/dify/c.pem"}},
        "tls.keyFile: got nothing; a certificate needs its private key; name the key's file",
    ),
    (
        {"tls.keyFile": "/etc/dify/k.pem"},
        (
            'tls.keyFile: got "/etc/dify/k.pem"; it is the key of certificateFile, which is not set; remove it, or set '
            "certificateFile"
        ),
    ),
    (
        {"network.listenAddress": "::"},
        (
            'network.listenAddress: got "::"; must be an IPv4 address: by IPv6 Docker would hide who asks; write it '
            "like 203.0.113.10, or leave it out for every address"
        ),
    ),
    ({"network.httpPort": 0}, "network.httpPort: got 0; must be a port, 1 to 65535; set another port"),
    ({"network.httpsPort": 65_536}, "network.httpsPort: got 65536; must be a port, 1 to 65535; set another port"),
    ({"network.httpsPort": 80}, "network.httpsPort: got 80; must not be httpPort; set another port, such as 443"),
    (
        {"network.cidr": "10.0.0.1/24"},
        (
            'network.cidr: got "10.0.0.1/24"; must be an address range that starts at its first address; write it like '
            "10.231.0.0/24"
        ),
    ),
    (
        {"network.cidr": "10.0.0.0/16"},
        'network.cidr: got "10.0.0.0/16"; must be a private /24; write it like 10.231.0.0/24',
    ),
    (
        {"network.cidr": "10.9.9.0/255.255.255.0"},
        (
            'network.cidr: got "10.9.9.0/255.255.255.0"; must be an address and the length of its prefix, as Docker '
            "takes it; write 10.9.9.0/24"
        ),
    ),
    (
        {"network.cidr": "172.20.0.0/24"},
        (
            'network.cidr: got "172.20.0.0/24"; Docker gives ranges of 172.16.0.0/12 and 192.168.0.0/16 to other '
            "networks; write it like 10.231.0.0/24"
        ),
    ),
    *(
        (
            {f"requests.allowedCidrs.{routes}": ["office"]},
            f'requests.allowedCidrs.{routes}[0]: got "office"; must be an address range; write it like 203.0.113.0/24',
        )
        for routes in ("console", "webApp", "serviceApi", "openapi", "webhooks")
    ),
    (
        {"requests.blockedCidrs": ["0.0.0.0/0"]},
        (
            'requests.blockedCidrs[0]: got "0.0.0.0/0"; any address is no list; remove it, or name the ranges that are '
            "meant"
        ),
    ),
    (
        {"requests.allowedCidrs.console": ["10.0.0.0/24"], "requests.blockedCidrs": ["10.0.0.0/8"]},
        (
            'requests.blockedCidrs: got ["10.0.0.0/8"]; it holds 10.0.0.0/24, which allowedCidrs.console lets in; '
            "narrow the one or remove the other"
        ),
    ),
    (
        {"requests.rateLimits": []},
        (
            "requests.rateLimits: got []; without a limit of login per ip, passwords can be tried out; add {routes: "
            "login, per: ip, requests: 100, windowSeconds: 300}"
        ),
    ),
    (
        {"requests.rateLimits": [_LIMIT, _LIMIT]},
        "requests.rateLimits: got a nested list; login has two limits per ip; remove one of them",
    ),
    (
        {"requests.trustedProxies": ["10.1.0.1/16"]},
        (
            'requests.trustedProxies[0]: got "10.1.0.1/16"; must be a range that starts at its first address; write '
            "10.1.0.0/16"
        ),
    ),
    (
        {
            "requests.trustedProxies": ["10.1.0.0/16"],
            "requests.allowedCidrs.console": [f"10.2.{at}.0/24" for at in range(200)],
            "requests.blockedCidrs": [f"198.{at // 256}.{at % 256}.0/24" for at in range(1800)],
        },
        (
            'requests.trustedProxies: got ["10.1.0.0/16"]; all lists of requests name 2001 ranges and may name 2000; '
            "write wider ranges, or leave long lists to a firewall before the host"
        ),
    ),
    ({"requests.idleTimeoutSeconds": 0}, "requests.idleTimeoutSeconds: got 0; must be at least 1; set 1 or more"),
    *(({f"{key}.cpus": 0.01}, f"{key}.cpus: got 0.01; must be at least 0.1; set 0.1 or more") for key in _SIZED),
    *(({f"{key}.memoryMib": 1}, f"{key}.memoryMib: got 1; must be at least 64; set 64 or more") for key in _SIZED),
    *(({f"{key}.cpus": 9.5}, f"{key}.cpus: got 9.5; the host has 8 CPUs; set 8 or less") for key in _SIZED),
    *(
        (
            {f"services.{name}.instances": 1},
            (
                f"services.{name}.instances: got 1; prod needs at least 2 containers to replace one without a gap; "
                "set 2 or more"
            ),
        )
        for name in ("web", "api", "worker")
    ),
    ({"services.web.instances": 15}, "services.web.instances: got 15; must be at most 14; set 14 or less"),
    ({"services.api.processes": 0}, "services.api.processes: got 0; must be at least 1; set 1 or more"),
    (
        {"services.api.connectionsPerProcess": "many"},
        f'services.api.connectionsPerProcess: got "many"; {_NUMBER.format(200)}',
    ),
    (
        {"services.worker.concurrency": 201},
        "services.worker.concurrency: got 201; must be at most 200; set 200 or less",
    ),
    ({"services.collaboration.enabled": 1}, f"services.collaboration.enabled: got 1; {_SWITCH.format('true')}"),
    ({"database.poolSize": 0}, "database.poolSize: got 0; must be at least 1; set 1 or more"),
    ({"database.maxOverflow": -1}, "database.maxOverflow: got -1; must be at least 0; set 0 or more"),
    (
        {"database.maxOverflow": 40},
        (
            "database.memoryMib: got 3072; all processes may open 545 connections, and databases of this memory take "
            "460; raise it, or lower poolSize and maxOverflow"
        ),
    ),
    *ON_A_HOST,
    (
        {"services.api.connectionsPerProcess": 1500},
        (
            "services.api.connectionsPerProcess: got 1500; all processes may open 14208 connections to Redis, which "
            "takes 10000; lower it, or processes or instances"
        ),
    ),
    ({"database.synchronous": "on"}, f'database.synchronous: got "on"; {_SWITCH.format("false")}'),
    (
        {"backups.retentionDays": 7},
        "backups.retentionDays: got 7; prod needs at least 30 days of backups; set 30 or more",
    ),
    ({"backups.hour": 24}, "backups.hour: got 24; must be at most 23; set 23 or less"),
    (
        {"backups.copyTo": {**COPY, "bucket": "s3://b"}},
        'backups.copyTo.bucket: got "s3://b"; must be the name of an S3 bucket; write it like example-dify-backups',
    ),
    (
        {"backups.copyTo": {**COPY, "region": "frankfurt"}},
        'backups.copyTo.region: got "frankfurt"; must be an AWS region; write it like eu-central-1',
    ),
    (
        {"backups.copyTo": {**COPY, "prefix": "/a"}},
        'backups.copyTo.prefix: got "/a"; must be parts of letters, digits, _ . - joined by /; write it like dify',
    ),
    (
        {"mail": {**MAIL, "sender": "dify"}},
        'mail.sender: got "dify"; must be a mail address; write it like dify@example.com',
    ),
    (
        {"mail": {**MAIL, "server": "smtp"}},
        'mail.server: got "smtp"; must be a host name; write it like smtp.example.com',
    ),
    (
        {"mail": {**MAIL, "port": 25}},
        "mail.port: got 25; must be a port with TLS; set one of 465, 587, 2465, 2587",
    ),
    ({"mail": {**MAIL, "loginFile": "/etc/../x"}}, f'mail.loginFile: got "/etc/../x"; {_PATH}'),
    *ALARMS,
    ({"cleanup.workflowLogsAfterDays": 0}, "cleanup.workflowLogsAfterDays: got 0; must be at least 1; set 1 or more"),
    ({"cleanup.messagesAfterDays": 21}, "cleanup.messagesAfterDays: got 21; must be at least 22; set 22 or more"),
    ({"cleanup.embeddingCache": 1}, f"cleanup.embeddingCache: got 1; {_SWITCH.format('true')}"),
    ({"cleanup.unusedDatasets": 1}, f"cleanup.unusedDatasets: got 1; {_SWITCH.format('true')}"),
    *(
        ({f"uploads.{key}": 0}, f"uploads.{key}: got 0; must be at least 1; set 1 or more")
        for key in ("fileMib", "imageMib", "audioMib", "videoMib", "filesAtOnce")
    ),
    ({"logs.maxSizeMib": 0}, "logs.maxSizeMib: got 0; must be at least 1; set 1 or more"),
    ({"logs.maxFiles": 1}, "logs.maxFiles: got 1; must be at least 2; set 2 or more"),
    (
        {"service": {}},
        "service: got a mapping; the key is unknown; use dify:services",
    ),
    (
        {"database.password": "x"},
        "database.password: got [hidden]; secrets are generated on the host; remove it",
    ),
    ({"region": "eu-central-1"}, 'region: got "eu-central-1"; the key is unknown; use dify:backups.copyTo.region'),
)
