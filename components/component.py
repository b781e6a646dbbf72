"""What every component of this program does alike."""

from typing import Any, ClassVar, get_origin

import pulumi


class Component(pulumi.ComponentResource):
    """A named group of resources.

    Children take their options from `child()` alone: the caller's options belong to the component, and merging them
    into children would give every child the same alias. Attributes annotated in the class body are the component's
    outputs; `done()`, called last, registers exactly those.
    """

    type_token: ClassVar[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.type_token, name, None, opts)

    def child(
        self,
        *,
        protect: bool = False,
        after: list[pulumi.Resource] | None = None,
        ignore: list[str] | None = None,
    ) -> pulumi.ResourceOptions:
        """Options of a child. Stateful ones are protected where the stack retains its data."""
        return pulumi.ResourceOptions(parent=self, protect=protect or None, depends_on=after, ignore_changes=ignore)

    def done(self) -> None:
        """Register the annotated attributes as outputs."""
        outputs: dict[str, Any] = {
            name: getattr(self, name)
            for name, annotation in type(self).__annotations__.items()
            if get_origin(annotation) is not ClassVar and annotation is not ClassVar
        }
        self.register_outputs(outputs)
