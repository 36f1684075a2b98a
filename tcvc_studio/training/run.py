"""The loop of every training run: how far it is, when it reports, when it saves."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tcvc_studio.errors import StudioError
from tcvc_studio.training.batches import prefetch
from tcvc_studio.training.checkpoint import Log, load_checkpoint, save_checkpoint
from tcvc_studio.training.learner import Item, Learner


@dataclass(slots=True)
class Clock:
    """How far a run is: by steps, or, where `minutes` is given, by whichever of steps and minutes is further.

    seconds: training time so far, that of earlier sittings included.
    """

    steps: int
    minutes: float | None = None
    step: int = 0
    seconds: float = 0.0
    now: Callable[[], float] = time.monotonic
    _last: float | None = None

    def start(self) -> None:
        """The time counts from here on."""
        self._last = self.now()

    def tick(self) -> None:
        """One more step is done."""
        now = self.now()
        if self._last is not None:
            self.seconds += now - self._last
        self._last = now
        self.step += 1

    def progress(self, step: int | None = None) -> float:
        """0..1 at `step` (the present one by default)."""
        done = (self.step if step is None else step) / max(self.steps, 1)
        if self.minutes is not None:
            done = max(done, self.seconds / (60 * self.minutes))
        return min(done, 1.0)

    @property
    def finished(self) -> bool:
        return self.progress() >= 1.0


def cosine_rate(progress: float, *, warmup: float = 0.03, last: float = 0.01) -> float:
    """Factor of the learning rate: linear from a tenth to 1 over `warmup`, then half a cosine down to `last`."""
    if progress < warmup:
        return 0.1 + 0.9 * progress / warmup
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


@dataclass(frozen=True, slots=True)
class Reports:
    """When something is written, in steps. say: gets a line of text at each log line."""

    log_every: int = 50
    check_every: int = 500
    save_every: int = 250
    say: Callable[[str], None] = print


def run(
    learner: Learner[Item],
    make: Callable[[int, float], list[Item]],
    out: Path,
    *,
    clock: Clock,
    figures: tuple[str, ...],
    facts: Mapping[str, Any],
    reports: Reports,
    check: Callable[[int], Mapping[str, float]] | None = None,
    checked: tuple[str, ...] = (),
    resume: bool = False,
) -> None:
    """Steps until the clock has finished, with `checkpoint.pt` and `log.csv` in `out`.

    make: the shards of a step, from its number and the progress 0..1 then; called a few steps ahead, in a thread.
    figures: names of what `learner.step` returns.  check: figures called `checked`, now and then, at a step.
    facts: plain values kept in the checkpoint; "architecture" must agree where `resume` goes on from one.
    Raises StudioError where the checkpoint or the folder does not serve.
    """
    if resume:
        state = load_checkpoint(out, architecture=facts["architecture"])
        learner.load_state(state)
        clock.step, clock.seconds = state["step"], state["seconds"]
    try:
        out.mkdir(parents=True, exist_ok=True)
        log = Log(out / "log.csv", ("step", "seconds", "rate", *figures, *checked))
    except OSError as error:
        raise StudioError(f"Nothing can be written to {out} ({error.strerror}); name another folder.") from error
    gathered: list[np.ndarray] = []
    clock.start()
    with closing(prefetch(lambda n: make(n, clock.progress(n)), start=clock.step, stop=clock.steps)) as batches:
        for shards in batches:
            gathered.append(learner.step(shards, rate=cosine_rate(clock.progress()), step=clock.step))
            clock.tick()
            last = clock.finished
            values: dict[str, float] = {}
            if last or clock.step % reports.log_every == 0:
                values = dict(zip(figures, np.mean(gathered, axis=0), strict=True))
                gathered.clear()
            if check is not None and (last or clock.step % reports.check_every == 0):
                values |= check(clock.step)
            if values:
                line = {"step": clock.step, "seconds": clock.seconds, "rate": cosine_rate(clock.progress()), **values}
                log.add(line)
                reports.say("  ".join(f"{key} {value:.5g}" for key, value in line.items()))
            if last or clock.step % reports.save_every == 0:
                save_checkpoint(out, {**facts, "step": clock.step, "seconds": clock.seconds, **learner.state()})
            if last:
                break
