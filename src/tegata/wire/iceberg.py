"""Iceberg: a table of one Parquet file in each snapshot, as its format (version 2) and its REST catalogue tell it.

Pure. Reference: Apache Iceberg, "Iceberg Table Spec", and `rest-catalog-open-api.yaml`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tegata.wire.avro import container

METADATA, MANIFESTS, MANIFEST = FILES = ("v1.metadata.json", "snap-1.avro", "manifest-1.avro")
"""The files that tell of a table, in a folder of its own."""


@dataclass(frozen=True)
class Snapshot:
    """A version of a table: one data file, and the folder of the files that tell of it. `number`: 0, 1, 2 ..."""

    number: int
    at: dt.datetime
    location: str  # s3://bucket
    folder: str
    file: str  # key of the data file
    size: int
    rows: int

    def told(self, name: str) -> str:
        """Where a file that tells of it lies."""
        return f"{self.location}/{self.folder}/{name}"

    @property
    def millis(self) -> int:
        return int(self.at.timestamp() * 1000)

    @property
    def sequence(self) -> int:
        return self.number + 1


@dataclass(frozen=True)
class Table:
    """`columns`: name and type (string, long, double, date or boolean, which Iceberg calls the same), those of all
    snapshots, of which the last is the current one."""

    id: uuid.UUID
    columns: Sequence[tuple[str, str]]
    snapshots: Sequence[Snapshot]

    @property
    def current(self) -> Snapshot:
        return self.snapshots[-1]

    def snapshot_id(self, snapshot: Snapshot) -> int:
        """The first is that of the table; none stands twice."""
        return (self.id.int + snapshot.number) & ((1 << 62) - 1)

    def schema(self) -> dict[str, Any]:
        fields = [
            {"id": number, "name": name, "required": False, "type": kind}
            for number, (name, kind) in enumerate(self.columns, start=1)
        ]
        return {"type": "struct", "schema-id": 0, "fields": fields}


def metadata(table: Table) -> dict[str, Any]:
    """The metadata of a table. Its files hold no ids of fields, so names are mapped to them."""
    names = [{"field-id": number, "names": [name]} for number, (name, _) in enumerate(table.columns, start=1)]
    current = table.current
    log = [{"snapshot-id": table.snapshot_id(one), "timestamp-ms": one.millis} for one in table.snapshots]
    return {
        "format-version": 2,
        "table-uuid": str(table.id),
        "location": current.location,
        "last-sequence-number": current.sequence,
        "last-updated-ms": current.millis,
        "last-column-id": len(table.columns),
        "current-schema-id": 0,
        "schemas": [table.schema()],
        "default-spec-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": []}],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": {"schema.name-mapping.default": msgspec.json.encode(names).decode()},
        "current-snapshot-id": table.snapshot_id(current),
        "refs": {"main": {"snapshot-id": table.snapshot_id(current), "type": "branch"}},
        "snapshots": [_snapshot(table, one) for one in table.snapshots],
        "snapshot-log": log,
        "metadata-log": [],
    }


def _snapshot(table: Table, one: Snapshot) -> dict[str, Any]:
    """The first appends its file, each other one takes the place of the one before."""
    operation = "append" if one == table.snapshots[0] else "overwrite"
    return {
        "snapshot-id": table.snapshot_id(one),
        "sequence-number": one.sequence,
        "timestamp-ms": one.millis,
        "manifest-list": one.told(MANIFESTS),
        "summary": {"operation": operation, "total-records": str(one.rows), "total-data-files": "1"},
        "schema-id": 0,
    }


def files(table: Table) -> dict[str, bytes]:
    """The files that tell of the current data file, by name."""
    manifest = _manifest(table)
    return {
        MANIFEST: manifest,
        MANIFESTS: _manifest_list(table, len(manifest)),
        METADATA: msgspec.json.encode(metadata(table)),
    }


def loaded(table: Table, config: Mapping[str, str]) -> bytes:
    """LoadTableResult. `config`: how the client gets at the files."""
    said = {"metadata-location": table.current.told(METADATA), "metadata": metadata(table), "config": dict(config)}
    return msgspec.json.encode(said)


def error_body(status: int, kind: str, message: str) -> bytes:
    return msgspec.json.encode({"error": {"message": message, "type": kind, "code": status}})


def _field(name: str, kind: Any, number: int) -> dict[str, Any]:
    return {"name": name, "type": kind, "field-id": number}


_OPTIONAL_LONG: Final = ["null", "long"]
_DATA_FILE: Final = {
    "type": "record",
    "name": "r2",
    "fields": [
        _field("content", "int", 134),
        _field("file_path", "string", 100),
        _field("file_format", "string", 101),
        _field("partition", {"type": "record", "name": "r102", "fields": []}, 102),
        _field("record_count", "long", 103),
        _field("file_size_in_bytes", "long", 104),
    ],
}
_ENTRY: Final = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [
        _field("status", "int", 0),
        _field("snapshot_id", _OPTIONAL_LONG, 1),
        _field("sequence_number", _OPTIONAL_LONG, 3),
        _field("file_sequence_number", _OPTIONAL_LONG, 4),
        _field("data_file", _DATA_FILE, 2),
    ],
}
_MANIFEST_FILE: Final = {
    "type": "record",
    "name": "manifest_file",
    "fields": [
        _field("manifest_path", "string", 500),
        _field("manifest_length", "long", 501),
        _field("partition_spec_id", "int", 502),
        _field("content", "int", 517),
        _field("sequence_number", "long", 515),
        _field("min_sequence_number", "long", 516),
        _field("added_snapshot_id", "long", 503),
        _field("added_files_count", "int", 504),
        _field("existing_files_count", "int", 505),
        _field("deleted_files_count", "int", 506),
        _field("added_rows_count", "long", 512),
        _field("existing_rows_count", "long", 513),
        _field("deleted_rows_count", "long", 514),
    ],
}
_ADDED: Final = 1


def _manifest(table: Table) -> bytes:
    one = table.current
    data_file = {
        "content": 0,
        "file_path": f"{one.location}/{one.file}",
        "file_format": "PARQUET",
        "partition": {},
        "record_count": one.rows,
        "file_size_in_bytes": one.size,
    }
    entry = {
        "status": _ADDED,
        "snapshot_id": table.snapshot_id(one),
        "sequence_number": one.sequence,
        "file_sequence_number": one.sequence,
        "data_file": data_file,
    }
    told = {"schema": msgspec.json.encode(table.schema()).decode(), "schema-id": "0", "partition-spec": "[]"}
    told |= {"partition-spec-id": "0", "format-version": "2", "content": "data"}
    return container(_ENTRY, [entry], told)


def _manifest_list(table: Table, length: int) -> bytes:
    one, identity = table.current, table.snapshot_id(table.current)
    counts = {"added_files_count": 1, "existing_files_count": 0, "deleted_files_count": 0}
    counts |= {"added_rows_count": one.rows, "existing_rows_count": 0, "deleted_rows_count": 0}
    listed = {
        "manifest_path": one.told(MANIFEST),
        "manifest_length": length,
        "partition_spec_id": 0,
        "content": 0,
        "sequence_number": one.sequence,
        "min_sequence_number": one.sequence,
        "added_snapshot_id": identity,
        **counts,
    }
    told = {"format-version": "2", "snapshot-id": str(identity), "sequence-number": str(one.sequence)}
    return container(_MANIFEST_FILE, [listed], told)
