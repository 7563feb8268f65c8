"""What a reader can copy to use a network that was found, or to train it again."""

from dataclasses import dataclass
from uuid import UUID

FRESH = (1000, 1001, 1002)  # seeds that hardly any search has used


@dataclass(frozen=True)
class Snippets:
    """Of a candidate of a search at this address; of its weights too if they are stored."""

    url: str
    search: UUID
    candidate: int
    has_weights: bool

    @property
    def file(self) -> str:
        return f"candidate-{self.candidate}"

    @property
    def python(self) -> str:
        lines = [
            f"from searchsvc import Client, build{', load_weights' if self.has_weights else ''}",
            "",
            f'search = Client("{self.url}").search("{self.search}")',
            f"network = build(search.best(candidate={self.candidate}))",
        ]
        if self.has_weights:
            lines.append(
                f'load_weights(network, search.weights("{self.file}.safetensors", candidate={self.candidate}))'
            )
        return "\n".join(lines)

    @property
    def shell(self) -> str:
        weights = f" --weights {self.file}.safetensors" if self.has_weights else ""
        pull = f"searchsvc best {self.search} \\\n  --candidate {self.candidate} -o {self.file}.json{weights}"
        return f"export SEARCHSVC_URL={self.url}\n{pull}"

    @property
    def again(self) -> str:
        """After `shell`."""
        return f"for seed in {' '.join(map(str, FRESH))}; do\n  searchsvc train {self.file}.json --seed $seed\ndone"
