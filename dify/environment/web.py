"""What the web image gets: the browser's view of the api, and its own for server side rendering.

Sources: web/docker/entrypoint.sh and docker/envs/core-services/web.env.example of langgenius/dify 1.16.0 to 1.17.1;
KEEP_ALIVE_TIMEOUT, in ms, is read by the server that Next.js builds for `output: standalone` (vercel/next.js#50221).
"""

from dify.environment.backend import KEEP_ALIVE_MARGIN_SECONDS
from dify.environment.endpoints import Endpoints
from dify.plan import RUN_TIMEOUT_SECONDS, Options
from dify.services import WEB_PORT


def web_environment(endpoints: Endpoints, options: Options) -> dict[str, str]:
    """The variables of web. A feature whose service does not run is hidden here."""
    environment = {
        # Left to the runtime, Next.js may bind one network's address only.
        "HOSTNAME": "0.0.0.0",  # noqa: S104  inside the task's own network interface
        "PORT": str(WEB_PORT),
        "CONSOLE_API_URL": endpoints.public_url,
        "APP_API_URL": endpoints.public_url,
        "SERVER_CONSOLE_API_URL": endpoints.api_url,
        "NEXT_PUBLIC_ENABLE_AGENT_V2": "true" if options.agent else "false",
        "NEXT_TELEMETRY_DISABLED": "1",
        # Node's own 5 s are shorter than the load balancer's idle time and show as sporadic 502, as with gunicorn.
        "KEEP_ALIVE_TIMEOUT": str((options.idle_timeout_seconds + KEEP_ALIVE_MARGIN_SECONDS) * 1000),
        # A blocking call may last as long as a run; the browser must not give up before the api does.
        "TEXT_GENERATION_TIMEOUT_MS": str(RUN_TIMEOUT_SECONDS * 1000),
    }
    if options.collaboration:
        environment["NEXT_PUBLIC_SOCKET_URL"] = f"wss://{endpoints.authority}"
    if not options.internet:
        environment |= {"MARKETPLACE_API_URL": "", "MARKETPLACE_URL": ""}
    return environment
