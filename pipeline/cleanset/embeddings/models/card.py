"""What a TOML file beside an ONNX file says of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from cleanset.config import Settings
from cleanset.embeddings.pixels import Preprocessing
from cleanset.errors import ConfigError

Channels = tuple[float, float, float]


class Card(Settings):
    """How a model is fed and read."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,60}$", description="folder of its vectors in a run")]
    side: Annotated[int, Field(ge=8, le=4096, description="of its square input, in pixels")]
    resampling: Annotated[Literal["bilinear", "bicubic"], Field(description="Pillow's, antialiased")] = "bilinear"
    fit: Annotated[Literal["squash", "crop"], Field(description="the whole picture, or its middle square")] = "squash"
    mean: Annotated[Channels | None, Field(description="of samples in 0 to 1; left out where the model does it")] = None
    std: Annotated[Channels | None, Field(description="likewise")] = None
    output: Annotated[str | None, Field(description="name of the output to read; needed if there are several")] = None
    alone: Annotated[float, Field(gt=0, le=2, description="cosine at which two are one picture; 2: never")] = 2.0
    proposes: Annotated[float, Field(gt=0, le=1, description="cosine at which two are worth another look")] = 0.75

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std are given together, or neither")
        if self.std is not None and min(self.std) <= 0:
            raise ValueError("std is greater than 0")
        return self

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes its input."""
        return Preprocessing(self.side, self.resampling, self.fit, self.mean or (), self.std or ())


def read_card(path: Path) -> Card:
    """The card in a TOML file.

    Raises:
        ConfigError: there is none, or it says something else.
    """
    try:
        return Card(**tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: is missing; it says how the model is fed: name and side, and where they matter resampling, fit,"
            " mean, std and output"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error}); correct it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise ConfigError(f"{path}: {where}: {first['msg']}; correct it") from None
