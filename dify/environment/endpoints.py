"""Where Dify's parts find each other and their stores."""

from dataclasses import dataclass

from dify.services import API, Service


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Host names only, ports are the stores' own. `namespace` is the private DNS zone of the services. `database_host`
    names several servers with commas, of which the one that takes writes is asked. Without buckets, which are in
    `region`, files and plugins are on disks; `search_host` is empty without OpenSearch. `encrypted` stores speak TLS:
    those of one host are reached by no network. `package_index_url` serves Python packages where there is no internet,
    with the login that uv finds in `package_login_file`."""

    domain: str
    namespace: str
    database_host: str
    database_port: int
    database_name: str
    plugin_database_name: str
    cache_host: str
    cache_port: int
    region: str = ""
    files_bucket: str = ""
    plugins_bucket: str = ""
    encrypted: bool = True
    https_port: int = 443
    search_host: str = ""
    package_index_url: str = ""
    package_login_file: str = ""

    @property
    def authority(self) -> str:
        """The domain, and the port where it is not that of HTTPS (RFC 9110, 4.2.2)."""
        return self.domain if self.https_port == 443 else f"{self.domain}:{self.https_port}"

    @property
    def public_url(self) -> str:
        """What users open."""
        return f"https://{self.authority}"

    @property
    def session_attributes(self) -> dict[str, str]:
        """What libpq, and pgx after it, needs to choose among several servers ("Environment Variables", PostgreSQL
        documentation)."""
        return {"PGTARGETSESSIONATTRS": "read-write"} if "," in self.database_host else {}

    @property
    def api_url(self) -> str:
        """The api as the other services reach it."""
        return self.inside(API)

    def inside(self, service: Service) -> str:
        """A service as the others reach it. Raises ValueError for one without an address."""
        if service.port is None or not service.discovered:
            raise ValueError(f"service {service.name} has no address")
        return f"http://{service.name}.{self.namespace}:{service.port}"
