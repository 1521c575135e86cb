"""The same index in Milvus: a server, or the embedded one where the address is a file."""

from typing import Any

import numpy as np

from engines.arrays import Floats
from engines.retrieval.index import Header, Ids
from studio.errors import Failed

BLOCK = 4096
MOST_ANSWERS = 16_384


class MilvusIndex:
    """A collection for each library and encoder. Raises Failed where the server doesn't answer."""

    kind = "milvus"

    def __init__(self, address: str, token: str, header: Header) -> None:
        from pymilvus import DataType, MilvusClient

        self.header = header
        self.name = f"library_{header.library}_{_plain(header.encoder)}_{_plain(header.version)}"
        try:
            self._client: Any = MilvusClient(address, token=token)
            if not self._client.has_collection(self.name):
                schema = MilvusClient.create_schema(auto_id=False)
                schema.add_field("row", DataType.INT64, is_primary=True)
                schema.add_field("vector", DataType.FLOAT_VECTOR, dim=header.dim)
                index = self._client.prepare_index_params()
                index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
                self._client.create_collection(self.name, schema=schema, index_params=index, consistency_level="Strong")
            self._client.load_collection(self.name)
        except Exception as problem:  # pymilvus raises its own, grpc's and the system's errors
            raise Failed("search.no_milvus", reason=str(problem)[:200]) from problem

    def add(self, ids: Ids, vectors: Floats) -> None:
        for begin in range(0, len(ids), BLOCK):
            part = zip(
                ids[begin : begin + BLOCK].tolist(), np.asarray(vectors[begin : begin + BLOCK], np.float32), strict=True
            )
            self._client.upsert(self.name, [{"row": row, "vector": vector} for row, vector in part])
        self._client.flush(self.name)

    def remove(self, ids: Ids) -> None:
        for begin in range(0, len(ids), BLOCK):
            self._client.delete(self.name, ids=ids[begin : begin + BLOCK].tolist())

    def search(self, vectors: Floats, count: int) -> tuple[Floats, Ids]:
        limit = min(count, MOST_ANSWERS)
        found = self._client.search(self.name, data=list(np.asarray(vectors, np.float32)), limit=limit)
        scores, ids = np.full((len(vectors), limit), -1, np.float32), np.full((len(vectors), limit), -1, np.int64)
        for line, answers in enumerate(found):
            for place, answer in enumerate(answers):
                scores[line, place], ids[line, place] = answer["distance"], answer["row"]
        return scores, ids

    def __len__(self) -> int:
        return int(self._client.query(self.name, output_fields=["count(*)"])[0]["count(*)"])

    def clear(self) -> None:
        """Drop all of it."""
        self._client.drop_collection(self.name)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
