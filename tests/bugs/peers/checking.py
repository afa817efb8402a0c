"""What the torch programs share: the decorator that checks jaxtyping's annotations, and random weights.

The same programs without the decorator are the plain torch programs: annotations alone do nothing.
"""

from beartype import beartype
from jaxtyping import jaxtyped
from torch import nn

checked = jaxtyped(typechecker=beartype)


def randomised(net: nn.Module) -> nn.Module:
    """The module with random parameters: ones and zeros would hide what they are multiplied with."""
    for p in net.parameters():
        nn.init.normal_(p)
    return net
