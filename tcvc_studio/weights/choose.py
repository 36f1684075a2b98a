"""Which backbone and which fusion go together, from the catalogue or from a file the user gives."""

from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_studio.errors import StudioError
from tcvc_studio.networks.view import PLAIN, View
from tcvc_studio.weights.detect import Contents, State, detect
from tcvc_studio.weights.digest import file_sha256
from tcvc_studio.weights.load import load_state
from tcvc_studio.weights.store import Store


@dataclass(frozen=True, slots=True)
class Part:
    """A network's state dict, its file, that file's sha256, and whether half precision is safe with it."""

    state: State
    path: Path
    digest: str
    half_safe: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A backbone and the fusion trained on it, None if there is none; notes: sentences for the user.

    views: the ways in which the backbone looks at a picture.
    """

    architecture: str
    backbone: Part
    fusion: Part | None
    notes: tuple[str, ...] = ()
    views: tuple[View, ...] = PLAIN


@dataclass(frozen=True, slots=True)
class _File:
    """An opened file of weights."""

    contents: Contents
    path: Path
    digest: str
    half_safe: bool

    def backbone(self) -> Part:
        return Part(self.contents.backbone or {}, self.path, self.digest, self.half_safe)

    def fusion(self) -> Part:
        return Part(self.contents.fusion or {}, self.path, self.digest, self.half_safe)


def choose(name: str, weights: Path | None, store: Store) -> Choice:
    """What to build for a backbone's name and, if given, a file that replaces the catalogue's weights.

    Raises StudioError where weights are absent, damaged, not what the catalogue says, or not of a backbone.
    """
    choice = _from_store(name, store) if weights is None else _from_file(name, weights, store)
    # Networks of one architecture look alike, whoever trained them.
    published = (e for e in store.catalogue.of_role("backbone") if e.architecture == choice.architecture)
    return replace(choice, views=next((entry.views for entry in published), PLAIN))


def _from_store(name: str, store: Store) -> Choice:
    entry = store.catalogue[name]
    if entry.role != "backbone":
        names = ", ".join(e.name for e in store.catalogue.of_role("backbone"))
        raise StudioError(f"{name} is no backbone; choose one of {names}.")
    trained = next((e for e in store.catalogue.fusions_of(name) if store.has(e.name)), None)
    fusion = _opened(trained.name, store) if trained is not None else None
    if fusion is not None and fusion.contents.backbone is not None:
        # The fusion was trained on the very backbone that lies beside it.
        return _both(fusion, (f"Backbone and fusion are those of {trained.title}.",))
    file = _opened(name, store)
    if file.contents.architecture != entry.architecture:
        raise StudioError(f"{file.path} holds {file.contents.kind}, not {name}; delete it and get it again.")
    if fusion is None:
        note = f"{name} has no trained fusion on this computer; colors are blended without one."
        return Choice(entry.architecture, file.backbone(), None, (note,))
    return Choice(entry.architecture, file.backbone(), fusion.fusion())


def _opened(name: str, store: Store) -> _File:
    path, digest = store.locate(name)
    return _File(detect(load_state(path), path), path, digest, store.catalogue[name].half_safe)


def _from_file(name: str, path: Path, store: Store) -> Choice:
    state = load_state(path)
    file = _File(detect(state, path), path, file_sha256(path), half_safe=True)
    found = file.contents
    if found.flow is not None:
        raise StudioError(f"{path} holds {found.kind}, a flow network, not a backbone; run: tcvc models import {path}.")
    if found.backbone is None:
        base = _from_store(name, store)
        return Choice(base.architecture, base.backbone, file.fusion())
    notes: tuple[str, ...] = ()
    if found.architecture != store.catalogue[name].architecture:
        notes = (f"{path} holds {found.architecture}, which is used in place of {name}.",)
    if found.fusion is not None:
        return _both(file, notes)
    fusion = _fusion_of_published(file, store)
    if fusion is None:
        notes += (f"{path} brings no fusion of its own; colors are blended without one.",)
    return Choice(found.architecture, file.backbone(), fusion, notes)


def _fusion_of_published(file: _File, store: Store) -> Part | None:
    """The catalogue's fusion, if the file is the published backbone it was trained on, only that it lies elsewhere."""
    for entry in store.catalogue.of_role("backbone"):
        if file.digest in entry.sha256:
            trained = (_opened(e.name, store) for e in store.catalogue.fusions_of(entry.name) if store.has(e.name))
            return next((other.fusion() for other in trained if other.contents.backbone is None), None)
    return None


def _both(file: _File, notes: tuple[str, ...]) -> Choice:
    """From a checkpoint with backbone and fusion in it."""
    if file.contents.architecture == "cic":
        note = (
            f"The fusion in {file.path} was trained on CIC features enlarged four times and is not used; "
            f"colors are blended without one."
        )
        return Choice("cic", file.backbone(), None, (*notes, note))
    return Choice(file.contents.architecture, file.backbone(), file.fusion(), notes)
