"""What runs other people's code: plugins and code nodes."""

from tests.tuning.knob import Cost, Knob, Table
from tests.tuning.readings import attribute, host_variable, variable

_BOTH = "the daemon's and the api's must agree"

PLUGINS = Table(
    name="plugins",
    knobs=(
        Knob(
            name="`PLUGIN_MAX_EXECUTION_TIMEOUT`",
            does="seconds that one call of a plugin, of a model too, may take",
            comes="Dify's own value",
            aws=variable("plugin-daemon", "PLUGIN_MAX_EXECUTION_TIMEOUT"),
            host=host_variable("plugin-daemon", "PLUGIN_MAX_EXECUTION_TIMEOUT"),
            sign="answers of a model end after ten minutes",
        ),
        Knob(
            name="`PYTHON_ENV_INIT_TIMEOUT`",
            does="seconds in which a plugin must be installed",
            comes="five times Dify's own: a first start on an empty disk installs all of them",
            aws=variable("plugin-daemon", "PYTHON_ENV_INIT_TIMEOUT"),
            host=host_variable("plugin-daemon", "PYTHON_ENV_INIT_TIMEOUT"),
            alarms=("edge-plugin-daemon-unavailable",),
            sign="`failed to install` in its log",
        ),
        Knob(
            name="`PLUGIN_LOCAL_LAUNCHING_CONCURRENT`",
            does="plugins that are installed at once",
            comes="installing is what takes memory (aws-samples/dify-self-hosted-on-aws#119)",
            aws=variable("plugin-daemon", "PLUGIN_LOCAL_LAUNCHING_CONCURRENT"),
            host=host_variable("plugin-daemon", "PLUGIN_LOCAL_LAUNCHING_CONCURRENT"),
            alarms=("services-plugin-daemon-memory",),
        ),
        Knob(
            name="disk",
            does="environments of plugins; full, none can be installed",
            comes="our own",
            aws=attribute(
                "plugin-daemon-definition",
                "ephemeralStorage/sizeInGib",
                "services.pluginDaemon.diskGib",
                unit="GiB",
                cost=Cost.ALONE,
            ),
            alarms=("services-plugin-daemon-disk",),
            sign="a host has them in the volume `plugins`",
        ),
        Knob(
            name="`MAX_PLUGIN_PACKAGE_SIZE`, `PLUGIN_MAX_PACKAGE_SIZE`",
            does="bytes of the largest package that is uploaded",
            comes=_BOTH,
            aws=variable("plugin-daemon", "MAX_PLUGIN_PACKAGE_SIZE"),
            host=host_variable("api-1", "PLUGIN_MAX_PACKAGE_SIZE"),
        ),
    ),
)

CODE = Table(
    name="code nodes",
    knobs=(
        Knob(
            name="`MAX_WORKERS`",
            does="code nodes that one sandbox runs at once; others wait",
            comes="Dify's own value",
            aws=variable("sandbox", "MAX_WORKERS"),
            host=host_variable("sandbox", "MAX_WORKERS"),
            alarms=("services-sandbox-cpu",),
            sign="code nodes are slow: more sandboxes on AWS (`services.sandbox`)",
        ),
        Knob(
            name="`MAX_REQUESTS`",
            does="code nodes that may wait there; more are refused",
            comes="Dify's own value",
            aws=variable("sandbox", "MAX_REQUESTS"),
            host=host_variable("sandbox", "MAX_REQUESTS"),
            sign="code nodes fail at once under load",
        ),
        Knob(
            name="`WORKER_TIMEOUT`",
            does="seconds that a code node may run",
            comes="Dify's own value",
            aws=variable("sandbox", "WORKER_TIMEOUT"),
            host=host_variable("sandbox", "WORKER_TIMEOUT"),
        ),
        Knob(
            name="`CODE_EXECUTION_READ_TIMEOUT`",
            does="seconds that a worker waits for the answer, waiting in line included",
            comes="four times the time that a node may run",
            aws=variable("worker", "CODE_EXECUTION_READ_TIMEOUT"),
            host=host_variable("worker-1", "CODE_EXECUTION_READ_TIMEOUT"),
        ),
    ),
)
