"""One step of learning: gradients side by side, the optimizer, averaged weights."""

import copy
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

Item = TypeVar("Item")

#: Takes one shard; returns its figures (the loss first) and the loss itself, still with its graph.
Loss = Callable[[Item], tuple[Sequence[float], torch.Tensor]]


class Averaged:
    """Exponential moving average of a network's weights, which does better than its last ones."""

    def __init__(self, network: nn.Module, *, decay: float = 0.999) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, *, step: int) -> None:
        """Takes the network's weights in; early steps count for more, so that the beginning is soon forgotten."""
        decay = min(self._decay, (1 + step) / (10 + step))
        mine = list(self.network.parameters())
        theirs = [parameter.detach() for parameter in network.parameters()]
        torch._foreach_lerp_(mine, theirs, 1 - decay)


class Learner(Generic[Item]):
    """A network, what is trained beside it, an optimizer and the averaged network.

    optimizer: over parameter groups; a group's "share" (1 by default) scales its learning rate.
    beside: modules that are trained along and kept in checkpoints, but not averaged.
    shards: gradients taken at the same time, each in one thread. On a CPU that other work shares, this is several
        times faster than threads inside each convolution, which wait for one another at its end.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        loss: Loss[Item],
        rate: float,
        shards: int,
        beside: Mapping[str, nn.Module] | None = None,
    ) -> None:
        self._network = network
        self._optimizer = optimizer
        self._loss = loss
        self._rate = rate
        self._beside = dict(beside or {})
        self._parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self._pool = ThreadPoolExecutor(shards)
        self._averaged = Averaged(network)

    @property
    def averaged(self) -> nn.Module:
        """The averaged network, in evaluation mode."""
        return self._averaged.network

    def step(self, shards: Sequence[Item], *, rate: float, step: int) -> np.ndarray:
        """Mean figures of the shards before the step. rate: factor of the highest learning rate."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * rate * group.get("share", 1.0)
        results = list(self._pool.map(self._gradients, shards))
        for i, parameter in enumerate(self._parameters):
            # Summed in the order of the shards, whichever came first: the same bits every time.
            parameter.grad = sum(gradients[i] for _, gradients in results) / len(results)
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._averaged.update(self._network, step=step)
        return np.mean([figures for figures, _ in results], axis=0)

    def _gradients(self, item: Item) -> tuple[Sequence[float], tuple[torch.Tensor, ...]]:
        figures, loss = self._loss(item)
        return figures, torch.autograd.grad(loss, self._parameters)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, as plain containers of tensors."""
        modules = {"network": self._network, "averaged": self.averaged, **self._beside}
        return {name: module.state_dict() for name, module in modules.items()} | {
            "optimizer": self._optimizer.state_dict()
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from `state`."""
        for name, module in {"network": self._network, "averaged": self.averaged, **self._beside}.items():
            module.load_state_dict(state[name])
        self._optimizer.load_state_dict(state["optimizer"])
