"""Trust: a module that runs code of its own is loaded only if the user has named its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgekit.errors import ModuleError
from edgekit.hub.risks import CUSTOM, FOREIGN

if TYPE_CHECKING:
    from edgekit.hub.modules import Module


def check_trust(module: Module, trust: str | None) -> None:
    """Refuse a module that could do more than compute, unless its digest is trusted.

    Args:
        module: The module, read but not loaded.
        trust: The digest that the user trusts.

    Raises:
        ModuleError: It has such ops and is not trusted, or the trusted digest is another's; or it has an op that is
            not there at all, which no trust can help.
    """
    if trust is not None and trust != module.digest:
        raise ModuleError(
            f"{module.handle} is not what trust = {trust!r} says: its digest is {module.digest}",
            handle=module.handle,
            digest=module.digest,
        )
    custom = [risk for risk in module.risks if risk["risk"] == CUSTOM]
    if custom:
        first = custom[0]
        raise ModuleError(
            f"{module.handle} needs the op {first['op']} ({first['where']}), which is no op of TensorFlow and has no "
            f"portable form: use a module without it, or do that step before the model",
            handle=module.handle,
            op=first["op"],
        )
    if module.risks and trust is None:
        listed = "; ".join(f"{risk['op']} {risk['risk']} ({risk['where']})" for risk in module.risks[:3])
        more = f" and {len(module.risks) - 3} more" if len(module.risks) > 3 else ""
        if any(risk["risk"] == FOREIGN for risk in module.risks):
            raise ModuleError(
                f"{module.handle} can do more than compute: {listed}{more}. Name the Python file that defines it, by "
                f'import = ["FILE.py"] in the recipe; or, of a package that is installed here and that you know who '
                f'made, state the model\'s digest: trust = "{module.digest}"',
                handle=module.handle,
                digest=module.digest,
                setting="code",
            )
        raise ModuleError(
            f"{module.handle} can do more than compute: {listed}{more}. If you know who made it, state its digest: "
            f'trust = "{module.digest}" in the recipe',
            handle=module.handle,
            digest=module.digest,
            setting="trust",
        )
