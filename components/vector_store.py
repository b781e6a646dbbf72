"""The stack's word on where its vectors are."""

import pulumi

from components.component import Component
from components.site import Site
from settings.vector_store import VectorStoreKind


class VectorStore(Component):
    """A mark that a store of vectors is in use, without resources of its own.

    It is protected where the stack retains its data, so the engine refuses a plan in which it is missing: vectors are
    not left behind by a changed setting. `migrateFrom` keeps the mark of the store that they move from.
    Its resources stand beside it, not below: children of a protected resource are protected too, log groups included.
    """

    type_token = "dify:data:VectorStore"  # noqa: S105

    kind: str

    def __init__(
        self, name: str, site: Site, kind: VectorStoreKind, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=site.retains or None)))
        self.kind = kind.value
        self.done()


def vector_stores(
    site: Site, kinds: tuple[VectorStoreKind, ...], opts: pulumi.ResourceOptions | None = None
) -> list[VectorStore]:
    """A mark for each store that must stand."""
    return [VectorStore(f"vectors-{kind}", site, kind, opts) for kind in kinds]
