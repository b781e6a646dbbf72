"""What keeps data: files, the database, the cache, vectors and secrets, with the logins that open them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from assembly.foundation import Foundation
from components.business_history import BusinessHistory, BusinessHistoryArgs
from components.business_metrics import READER
from components.cache import Cache, CacheArgs
from components.database import DATABASE_NAME, PLUGIN_DATABASE_NAME, Database, DatabaseArgs
from components.database_backups_replica import DatabaseBackupsReplica, DatabaseBackupsReplicaArgs
from components.database_proxy import DatabaseProxy, DatabaseProxyArgs
from components.database_setup import DatabaseSetup, DatabaseSetupArgs, Owned
from components.files_replica import FilesReplica, FilesReplicaArgs
from components.files_replication import FilesReplication, FilesReplicationArgs, Original, originals_of
from components.queue_depth import QueueDepth, QueueDepthArgs
from components.rotation import Rotation, RotationArgs
from components.search import Search, SearchArgs
from components.search_snapshots import SearchSnapshots, SearchSnapshotsArgs
from components.secrets import Secrets, SecretsArgs
from components.storage import Storage, StorageArgs
from components.task import task_role_arn
from components.vector_store import vector_stores
from dify import flows, secrets
from dify.plan import named
from dify.secrets import Kind, used_secrets
from dify.services import API, MIGRATION, WORKER
from settings.plan import deployments, options
from settings.vector_store import VectorStoreKind


@dataclass(frozen=True, kw_only=True)
class Stores:
    """`search` and its `snapshots` are there where vectors are, or are moved from, OpenSearch, `replica` and
    `backups_replica` where another region keeps copies, `history` where use is counted."""

    storage: Storage
    replica: FilesReplica | None
    database: Database
    backups_replica: DatabaseBackupsReplica | None
    proxy: DatabaseProxy | None
    cache: Cache
    search: Search | None
    snapshots: SearchSnapshots | None
    history: BusinessHistory | None
    secrets: Secrets
    setup: DatabaseSetup
    queue_depth: QueueDepth
    rotation: Rotation

    @property
    def database_host(self) -> pulumi.Output[str]:
        """What services connect to: the database, or the pool before it."""
        return self.database.host if self.proxy is None else self.proxy.host

    @property
    def backed_up(self) -> list[pulumi.Output[str]]:
        """ARNs of all that keeps what nothing else can make again."""
        return [self.database.arn, *(one.arn for one in self.originals.values())]

    @property
    def originals(self) -> dict[str, Original]:
        """The buckets of which another region may keep copies, by what they hold."""
        return originals_of(self.storage, self.history)

    @property
    def function_names(self) -> dict[str, pulumi.Output[str]]:
        """What works for the stores, by what it is called here."""
        search = {} if self.search is None else {"search-setup": self.search.function_name}
        return {
            "secret-keeper": self.secrets.function_name,
            "database-setup": self.setup.function_name,
            "rotation": self.rotation.function_name,
            "queue-depth": self.queue_depth.function_name,
            **search,
        }


def build_stores(base: Foundation) -> Stores:
    """Every store of the stack, and what makes and changes the logins that services use."""
    config, site, here = base.config, base.site, base.here
    readers = used_secrets(deployments(config), options(config))
    storage = Storage(
        "storage",
        StorageArgs(site=site, key=base.keys.files, choices=config.storage, log_bucket=base.records.logs_bucket),
        here,
    )
    history = _history(base)
    database = Database(
        "database",
        DatabaseArgs(
            site=site,
            subnet_ids=base.network.data_subnet_ids,
            security_group_id=base.group_ids[flows.DATABASE],
            key=base.keys.database,
            logs=base.logs,
            choices=config.database,
        ),
        here,
    )
    cache = Cache(
        "cache",
        CacheArgs(
            site=site,
            subnet_ids=base.network.data_subnet_ids,
            security_group_id=base.group_ids[flows.CACHE],
            key_arn=base.keys.cache.arn,
            logs=base.logs,
            users=[secret for secret, _ in readers if secret.kind is Kind.CACHE],
            choices=config.cache,
        ),
        here,
    )
    wanted = [secret for secret, _ in readers]
    if config.database.proxy:
        wanted += [mirror for login in (secrets.DATABASE, secrets.PLUGIN_DATABASE) for mirror in login.mirrors]
    reader = [READER] if config.business.enabled else []
    wanted += [one.login for one in reader]
    kept = Secrets(
        "secrets",
        SecretsArgs(site=site, key=base.keys.secrets, logs=base.logs, cache=cache, wanted=wanted),
        here,
    )
    databases = _databases(base)
    setup = DatabaseSetup(
        "database-setup",
        DatabaseSetupArgs(
            site=site,
            logs=base.logs,
            inside=base.inside(flows.DATABASE_SETUP),
            database=database,
            secrets=kept,
            databases=databases,
            readers=reader,
        ),
        here,
    )
    rotation = Rotation(
        "rotation",
        RotationArgs(
            site=site,
            logs=base.logs,
            inside=base.inside(flows.ROTATION),
            cluster_name=site.name,
            database=database,
            cache=cache,
            secrets=kept,
            # The function that counts reads its login at every run: nothing is deployed anew for it.
            readers=[*readers, *((one.login, ()) for one in reader)],
            databases=[*databases, *(Owned(login=one.login, database=one.database) for one in reader)],
            after=[setup.finished],
        ),
        here,
    )
    queue_depth = QueueDepth(
        "queue-depth",
        QueueDepthArgs(
            site=site,
            logs=base.logs,
            inside=base.inside(flows.QUEUE_DEPTH),
            secrets=kept,
            cache_host=cache.host,
            workers=named(deployments(config), WORKER.kind),
        ),
        here,
    )
    vector_stores(site, config.vector_store.kinds, here)
    snapshots = _snapshots(base)
    return Stores(
        storage=storage,
        replica=_replica(base, originals_of(storage, history)),
        database=database,
        backups_replica=_backups_replica(base, database),
        cache=cache,
        search=None if snapshots is None else _search(base, snapshots),
        snapshots=snapshots,
        history=history,
        secrets=kept,
        setup=setup,
        proxy=_proxy(base, database, kept, setup) if config.database.proxy else None,
        queue_depth=queue_depth,
        rotation=rotation,
    )


def _replica(base: Foundation, originals: Mapping[str, Original]) -> FilesReplica | None:
    region = base.regions.replica
    if region is None:
        return None
    days = base.config.business.history_days if "history" in originals else None
    replica = FilesReplica(
        "replica", FilesReplicaArgs(site=region.site, choices=base.config.storage, history_days=days), region.here
    )
    FilesReplication(
        "replication",
        FilesReplicationArgs(site=base.site, originals=originals, key=base.keys.files, replica=replica),
        base.here,
    )
    return replica


def _backups_replica(base: Foundation, database: Database) -> DatabaseBackupsReplica | None:
    region = base.regions.replica
    if region is None:
        return None
    return DatabaseBackupsReplica(
        "backups-replica",
        DatabaseBackupsReplicaArgs(
            site=region.site, database=database, days=base.config.database.backup_retention_days
        ),
        region.here,
    )


def _history(base: Foundation) -> BusinessHistory | None:
    chosen = base.config.business
    if not chosen.enabled:
        return None
    args = BusinessHistoryArgs(
        site=base.site, key=base.keys.files, log_bucket=base.records.logs_bucket, days=chosen.history_days
    )
    return BusinessHistory("business-history", args, base.here)


def _databases(base: Foundation) -> list[Owned]:
    vectors = ["vector"] if VectorStoreKind.PGVECTOR in base.config.vector_store.kinds else []
    return [
        Owned(login=secrets.DATABASE, database=DATABASE_NAME, extensions=["uuid-ossp", "pgaudit", *vectors]),
        Owned(login=secrets.PLUGIN_DATABASE, database=PLUGIN_DATABASE_NAME),
    ]


def _proxy(base: Foundation, database: Database, kept: Secrets, setup: DatabaseSetup) -> DatabaseProxy:
    return DatabaseProxy(
        "database-proxy",
        DatabaseProxyArgs(
            site=base.site,
            subnet_ids=base.network.data_subnet_ids,
            security_group_id=base.group_ids[flows.PROXY],
            logs=base.logs,
            database=database,
            secrets=kept,
            logins=[mirror for login in (secrets.DATABASE, secrets.PLUGIN_DATABASE) for mirror in login.mirrors],
            after=[setup.finished],
        ),
        base.here,
    )


def _snapshots(base: Foundation) -> SearchSnapshots | None:
    if not base.config.vector_store.has_opensearch:
        return None
    return SearchSnapshots(
        "search-snapshots",
        SearchSnapshotsArgs(
            site=base.site,
            key=base.keys.backup,
            log_bucket=base.records.logs_bucket,
            choices=base.config.backup,
        ),
        base.here,
    )


def _search(base: Foundation, snapshots: SearchSnapshots) -> Search:
    readers = [*named(deployments(base.config), API.kind), *named(deployments(base.config), WORKER.kind)]
    return Search(
        "search",
        SearchArgs(
            site=base.site,
            subnet_ids=base.network.data_subnet_ids,
            security_group_id=base.group_ids[flows.SEARCH],
            key_arn=base.keys.search.arn,
            logs=base.logs,
            choices=base.config.vector_store.opensearch,
            reader_role_arns=[task_role_arn(base.site, one) for one in (*(r.name for r in readers), MIGRATION.name)],
            inside=base.inside(flows.SEARCH_SETUP),
            snapshots=snapshots,
        ),
        base.here,
    )
