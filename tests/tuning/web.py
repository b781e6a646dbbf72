"""What the web and the api instances are told."""

from tests.tuning.knob import Knob, Table
from tests.tuning.readings import attribute, host_variable, variable

_TRACKED = "targetTrackingScalingPolicyConfiguration"
_RUN = "longest run of Dify since 1.17.0, set for older releases too (`dify/plan.py`)"
_IDLE = "the idle timeout and ten seconds: gunicorn's own 2 s and Node's 5 s make sporadic 502"

WEB = Table(
    name="web and api",
    knobs=(
        Knob(
            name="`SERVER_WORKER_AMOUNT`",
            does="processes of one api instance; each has a pool of database connections of its own",
            comes="one for two CPUs on AWS, for each on a host; Dify's default is 1",
            aws=variable("api", "SERVER_WORKER_AMOUNT", "services.api.processes"),
            host=host_variable("api-1", "SERVER_WORKER_AMOUNT", "services.api.processes"),
            alarms=("services-api-cpu",),
            sign="one CPU busy, the others idle",
        ),
        Knob(
            name="`SERVER_WORKER_CONNECTIONS`",
            does="requests that a process serves at once, open streams and idle connections included",
            comes="Dify's default of 10 is used up by ten readers of streams",
            aws=variable("api", "SERVER_WORKER_CONNECTIONS", "services.api.connectionsPerProcess"),
            host=host_variable("api-1", "SERVER_WORKER_CONNECTIONS", "services.api.connectionsPerProcess"),
            alarms=("edge-api-response", "edge-target-connections"),
            sign="slow while CPU is low",
        ),
        Knob(
            name="`SERVER_WORKER_CONNECTIONS` of api-websocket",
            does="open editors of one process",
            comes="Dify's own value (`docker/docker-compose.yaml`)",
            aws=variable("api-websocket", "SERVER_WORKER_CONNECTIONS"),
            host=host_variable("api-websocket-1", "SERVER_WORKER_CONNECTIONS"),
            alarms=("edge-api-websocket-unhealthy",),
        ),
        Knob(
            name="`SERVER_WORKER_CLASS`",
            does="how a process serves many requests at once",
            comes="Dify's drivers are patched for gevent: another class breaks them (langgenius/dify#26689)",
            aws=variable("api", "SERVER_WORKER_CLASS"),
            host=host_variable("api-1", "SERVER_WORKER_CLASS"),
        ),
        Knob(
            name="`GUNICORN_TIMEOUT`",
            does="seconds without a sign of life after which a process is killed; a long request is none with gevent",
            comes="Dify's own value (`docker/.env.example`)",
            aws=variable("api", "GUNICORN_TIMEOUT"),
            host=host_variable("api-1", "GUNICORN_TIMEOUT"),
            alarms=("application-api-workers-lost",),
            sign="`WORKER TIMEOUT` in the log",
        ),
        Knob(
            name="`GUNICORN_CMD_ARGS`",
            does="how long the api keeps an idle connection: longer than whoever is in front of it",
            comes=_IDLE,
            aws=variable("api", "GUNICORN_CMD_ARGS", "edge.idleTimeoutSeconds"),
            host=host_variable("api-1", "GUNICORN_CMD_ARGS", "requests.idleTimeoutSeconds"),
            alarms=("edge-balancer-errors",),
            sign="502 now and then",
        ),
        Knob(
            name="`KEEP_ALIVE_TIMEOUT`",
            does="the same of web, in ms",
            comes=_IDLE,
            aws=variable("web", "KEEP_ALIVE_TIMEOUT", "edge.idleTimeoutSeconds"),
            host=host_variable("web-1", "KEEP_ALIVE_TIMEOUT", "requests.idleTimeoutSeconds"),
            alarms=("edge-balancer-errors",),
            sign="502 now and then",
        ),
        Knob(
            name="`APP_MAX_EXECUTION_TIME`, `WORKFLOW_MAX_EXECUTION_TIME`",
            does="seconds after which Dify itself ends a run",
            comes=_RUN,
            aws=variable("worker", "WORKFLOW_MAX_EXECUTION_TIME"),
            host=host_variable("worker-1", "WORKFLOW_MAX_EXECUTION_TIME"),
            alarms=("business-runs-stuck",),
            sign="streams end early, all after the same time",
        ),
        Knob(
            name="`TEXT_GENERATION_TIMEOUT_MS`",
            does="how long a browser waits for a blocking call, in ms",
            comes="as long as a run may take",
            aws=variable("web", "TEXT_GENERATION_TIMEOUT_MS"),
            host=host_variable("web-1", "TEXT_GENERATION_TIMEOUT_MS"),
        ),
        Knob(
            name="requests per task",
            does="requests a minute of one api task above which scaling adds another one",
            comes="our own: a call of a model keeps one of the connections for seconds",
            aws=attribute(
                "api-requests",
                f"{_TRACKED}/targetValue",
                "services.api.requestsPerTask",
            ),
            alarms=("edge-api-response", "services-api-cpu"),
        ),
        Knob(
            name="CPU target",
            does="CPU in percent above which scaling adds a task, of every service that scales",
            comes="well below the alarm: a task needs minutes to start (`components/scaling.py`)",
            aws=attribute("api-cpu", f"{_TRACKED}/targetValue", unit="%"),
            alarms=("services-api-cpu",),
        ),
        Knob(
            name="scale out",
            does="seconds between two steps up",
            comes="a task needs minutes to start: more steps at once would be too many",
            aws=attribute("api-cpu", f"{_TRACKED}/scaleOutCooldown", unit="s"),
            alarms=("services-api-cpu",),
        ),
        Knob(
            name="scale in",
            does="seconds between two steps down",
            comes="a task that goes cuts the streams that outlast its 120 s",
            aws=attribute("api-cpu", f"{_TRACKED}/scaleInCooldown", unit="s"),
            sign="streams end early in the evening",
        ),
    ),
)
