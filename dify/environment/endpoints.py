"""Where Dify's parts find each other and their stores."""

from dataclasses import dataclass

from dify.services import API, Service


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Host names only, ports are the stores' own. `namespace` is the private DNS zone of the services; `search_host` is
    empty without OpenSearch. `package_index_url` serves Python packages where there is no internet, with the login that
    uv finds in `package_login_file`."""

    domain: str
    region: str
    namespace: str
    database_host: str
    database_port: int
    database_name: str
    plugin_database_name: str
    cache_host: str
    cache_port: int
    files_bucket: str
    plugins_bucket: str
    search_host: str = ""
    package_index_url: str = ""
    package_login_file: str = ""

    @property
    def public_url(self) -> str:
        """What users open."""
        return f"https://{self.domain}"

    @property
    def api_url(self) -> str:
        """The api as the other services reach it."""
        return self.inside(API)

    def inside(self, service: Service) -> str:
        """A service as the others reach it. Raises ValueError for one without an address."""
        if service.port is None or not service.discovered:
            raise ValueError(f"service {service.name} has no address")
        return f"http://{service.name}.{self.namespace}:{service.port}"
