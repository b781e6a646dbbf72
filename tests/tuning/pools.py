"""Connections to the database: pools of all processes against what the database admits."""

from dify.capacity import admitted_connections
from tests.tuning.knob import Cost, Knob, Stack, Table
from tests.tuning.readings import attribute, derived, host_postgresql, host_variable, variable

_HOST_SUM = (
    "database.poolSize",
    "database.maxOverflow",
    "services.api.processes",
    "services.api.instances",
    "services.worker.instances",
)

POOLS = Table(
    name="pools",
    knobs=(
        Knob(
            name="`SQLALCHEMY_POOL_SIZE`",
            does="connections that each process of api, worker, beat and api-websocket keeps open",
            comes="Dify's 30 is for one process; here many share the database",
            aws=variable("api", "SQLALCHEMY_POOL_SIZE", "database.poolSize"),
            host=host_variable("api-1", "SQLALCHEMY_POOL_SIZE", "database.poolSize"),
            alarms=("database-connections",),
            sign="`QueuePool limit` in a log",
        ),
        Knob(
            name="`SQLALCHEMY_MAX_OVERFLOW`",
            does="connections beyond these, for a burst",
            comes="Dify's default",
            aws=variable("worker", "SQLALCHEMY_MAX_OVERFLOW", "database.maxOverflow"),
            host=host_variable("worker-1", "SQLALCHEMY_MAX_OVERFLOW", "database.maxOverflow"),
            alarms=("database-connections",),
            sign="`QueuePool limit` in a log",
        ),
        Knob(
            name="`SQLALCHEMY_POOL_RECYCLE`",
            does="seconds after which a connection is opened anew",
            comes="Dify's 3,600 would outlive a failover by an hour",
            aws=variable("api", "SQLALCHEMY_POOL_RECYCLE"),
            host=host_variable("api-1", "SQLALCHEMY_POOL_RECYCLE"),
        ),
        Knob(
            name="`SQLALCHEMY_POOL_PRE_PING`",
            does="a connection is tried before it is used",
            comes="Dify's default is false: after a failover each dead connection would fail a request",
            aws=variable("api", "SQLALCHEMY_POOL_PRE_PING"),
            host=host_variable("api-1", "SQLALCHEMY_POOL_PRE_PING"),
            sign="errors after a failover",
        ),
        Knob(
            name="`DB_MAX_OPEN_CONNS`",
            does="connections of the plugin daemon",
            comes="`poolSize` + `maxOverflow`, as one process of the api",
            aws=variable("plugin-daemon", "DB_MAX_OPEN_CONNS", "database.poolSize", "database.maxOverflow"),
            host=host_variable("plugin-daemon", "DB_MAX_OPEN_CONNS", "database.poolSize", "database.maxOverflow"),
            alarms=("database-connections",),
        ),
        Knob(
            name="`DB_MAX_IDLE_CONNS`",
            does="of these, the ones that it keeps",
            comes="`poolSize`",
            aws=variable("plugin-daemon", "DB_MAX_IDLE_CONNS", "database.poolSize"),
            host=host_variable("plugin-daemon", "DB_MAX_IDLE_CONNS", "database.poolSize"),
        ),
        Knob(
            name="`max_connections`",
            does="connections that PostgreSQL admits",
            comes="AWS: RDS' formula, memory / 9,531,392, at most 5,000. Host: the sum of all pools and 15 in reserve",
            aws=derived(
                "database-instance",
                "instanceClass",
                admitted_connections,
                "database.instanceClass",
                cost=Cost.FAILOVER,
            ),
            host=host_postgresql("max_connections", *_HOST_SUM),
            alarms=("database-connections", "database-connections-full"),
            sign="`too many clients`",
        ),
    ),
)

PROXY = Table(
    name="RDS Proxy",
    knobs=(
        Knob(
            name="`MaxConnectionsPercent`",
            does="share of `max_connections` that the proxy may open",
            comes="the rest is for functions, monitoring and people",
            aws=attribute(
                "database-proxy-pool", "connectionPoolConfig/maxConnectionsPercent", stack=Stack.POOLED, unit="%"
            ),
            alarms=("database-connections",),
        ),
        Knob(
            name="`MaxIdleConnectionsPercent`",
            does="of these, the ones that it keeps open for nobody",
            comes="half: a burst finds connections that are there",
            aws=attribute(
                "database-proxy-pool", "connectionPoolConfig/maxIdleConnectionsPercent", stack=Stack.POOLED, unit="%"
            ),
        ),
        Knob(
            name="`ConnectionBorrowTimeout`",
            does="how long a query waits for a connection",
            comes="as long as SQLAlchemy waits for one of its pool",
            aws=attribute(
                "database-proxy-pool", "connectionPoolConfig/connectionBorrowTimeout", stack=Stack.POOLED, unit="s"
            ),
            sign="the alarm `pool-waits`",
        ),
        Knob(
            name="`IdleClientTimeout`",
            does="how long a client may be silent",
            comes="AWS's default; Dify opens its own anew after 300 s",
            aws=attribute("database-proxy-proxy", "idleClientTimeout", stack=Stack.POOLED, unit="s"),
        ),
        Knob(
            name="`DB_SESSION_TIMEZONE_OVERRIDE`",
            does="start-up options, which RDS Proxy refuses: set to nothing",
            comes="langgenius/dify#35129",
            aws=variable("api", "DB_SESSION_TIMEZONE_OVERRIDE", stack=Stack.POOLED),
        ),
    ),
)
