"""Which backbones and flows there are to choose from."""

from dataclasses import dataclass

from tcvc_studio.weights.store import Store


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. name: as settings have it. here: whether its weights are on this computer."""

    name: str
    title: str
    here: bool = True


@dataclass(frozen=True, slots=True)
class ModelChoices:
    """What can be chosen."""

    backbones: tuple[Choice, ...] = (Choice("compact", "Compact"),)
    flows: tuple[Choice, ...] = (Choice("dis", "DIS"),)


def model_choices(store: Store) -> ModelChoices:
    """All the catalogue has; looks whether the files are there, and not into them."""
    entries = store.catalogue.entries
    backbones = tuple(Choice(e.name, _short(e.title), store.has(e.name)) for e in entries if e.role == "backbone")
    flows = tuple(Choice(e.name, _short(e.title), store.has(e.name)) for e in entries if e.role == "flow")
    return ModelChoices(backbones, (Choice("dis", "DIS"), *flows))


def _short(title: str) -> str:
    """The title up to its explanation."""
    return title.partition(" (")[0].partition(",")[0].removesuffix(" backbone")
