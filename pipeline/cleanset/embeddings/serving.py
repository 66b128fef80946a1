"""One model for many processes: those that decode send it their pictures, and it embeds them in the order of arrival.

A GPU has room for one model, not for one beside each decoder. A decoder waits for its vectors, so no more batches wait
than there are decoders.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Lock, Thread

import numpy as np

from cleanset.embeddings.model import Embedder, Identity, Vectors
from cleanset.embeddings.models.choice import Choice
from cleanset.errors import WorkerError
from cleanset.images.modes import Pixels

BATCH = 256
"""Pictures that a decoder sends at once: what it describes at once."""


class ServedEmbedder:
    """The model of another process."""

    def __init__(self, address: str) -> None:
        """Connected.

        Raises:
            WorkerError: nobody serves there.
        """
        try:
            self._connection = Client(address, "AF_UNIX")
            told = json.loads(self._connection.recv_bytes())
        except (OSError, EOFError) as error:
            raise WorkerError(f"the process that embeds is gone ({error}); run the same command again") from error
        self.identity = Identity.from_json(told["identity"])
        self.max_batch: int = told["max_batch"]

    def __call__(self, pictures: Pixels) -> Vectors:
        """As ``Embedder`` says.

        Raises:
            WorkerError: the process that embeds is gone.
        """
        try:
            self._connection.send_bytes(np.ascontiguousarray(pictures).reshape(-1).data)
            answer = self._connection.recv_bytes()
        except (OSError, EOFError) as error:
            raise WorkerError("the process that embeds is gone; run the same command again") from error
        return np.frombuffer(answer, np.float16).reshape(len(pictures), self.identity.dim)


@contextmanager
def serving(embedder: Embedder, choice: Choice) -> Iterator[Choice]:
    """While the block runs, the choice that it is given is this embedder, in any process of this machine.

    Raises:
        RuntimeError: what the model raised.
    """
    lock, failures = Lock(), list[RuntimeError]()

    def answer(connection: Connection) -> None:
        side = embedder.identity.preprocessing.side
        told = {"identity": embedder.identity.to_json(), "max_batch": min(embedder.max_batch, BATCH)}
        with connection, suppress(OSError, EOFError):
            connection.send_bytes(json.dumps(told).encode())
            while True:
                pictures = np.frombuffer(connection.recv_bytes(), np.uint8).reshape(-1, side, side, 3)
                try:
                    with lock:
                        parts = [pictures[at : at + embedder.max_batch] for at in _starts(len(pictures), embedder)]
                        vectors = np.concatenate([embedder(part) for part in parts])
                except RuntimeError as error:
                    failures.append(error)
                    return
                connection.send_bytes(np.ascontiguousarray(vectors).reshape(-1).data)

    with tempfile.TemporaryDirectory(prefix="cleanset-") as folder:
        address = str(Path(folder) / "embedder")
        with Listener(address, "AF_UNIX", backlog=64) as listener:

            def accept() -> None:
                with suppress(OSError):  # the listener is closed
                    while True:
                        Thread(target=answer, args=(listener.accept(),), daemon=True).start()

            Thread(target=accept, daemon=True).start()
            try:
                yield replace(choice, address=address)
            finally:
                if failures:
                    raise failures[0]


def _starts(pictures: int, embedder: Embedder) -> range:
    """Where the batches begin that the model takes, which may have learned meanwhile that it has less room."""
    return range(0, pictures, embedder.max_batch)
