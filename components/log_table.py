"""A table of log files for Athena: which columns a file has, and in which folder each day lies.

Athena computes the folders from the table's own properties ("partition projection", Amazon Athena User Guide): nothing
has to look for new ones, and no query misses a day that nobody has registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import glue

_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How files are read. The names are Hive's; which of them Athena has for which log says the Amazon Athena User
    Guide, "Query AWS service logs"."""

    serde: str
    parameters: Mapping[str, str]
    reads: str = _TEXT_INPUT
    writes: str = _TEXT_OUTPUT


def lines(pattern: str) -> FileFormat:
    """Lines of text; `pattern` is a regular expression with a group for each column."""
    return FileFormat(
        serde="org.apache.hadoop.hive.serde2.RegexSerDe",
        parameters={"serialization.format": "1", "input.regex": pattern},
    )


def json_lines(paths: str) -> FileFormat:
    """One JSON object a line, of which the keys `paths` are read."""
    return FileFormat(serde="org.openx.data.jsonserde.JsonSerDe", parameters={"paths": paths})


CLOUDTRAIL_JSON = FileFormat(
    serde="org.apache.hive.hcatalog.data.JsonSerDe",
    parameters={"serialization.format": "1"},
    reads="com.amazon.emr.cloudtrail.CloudTrailInputFormat",
)
"""Files that hold one list of events each."""

PARQUET = FileFormat(
    serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    parameters={"serialization.format": "1"},
    reads="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    writes="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A column that is part of the folder, not of the files. `projection` says which values it has."""

    type: str
    projection: Mapping[str, pulumi.Input[str]]


def days(kept: int) -> Partition:
    """Days written like 2026/11/24, from as long ago as files are kept."""
    return Partition(
        type="string",
        projection={
            "type": "date",
            "format": "yyyy/MM/dd",
            "range": f"NOW-{kept}DAYS,NOW",
            "interval": "1",
            "interval.unit": "DAYS",
        },
    )


def numbers(first: int, last: int, *, digits: int) -> Partition:
    """Numbers that folders write with `digits` digits."""
    return Partition(type="int", projection={"type": "integer", "range": f"{first},{last}", "digits": str(digits)})


def one_of(values: pulumi.Input[str]) -> Partition:
    """Any of the `values`, which commas part."""
    return Partition(type="string", projection={"type": "enum", "values": values})


@dataclass(frozen=True, kw_only=True)
class LogTable:
    """`columns` are Hive types by name in the order of the file. `path` leads from the bucket to the files of one
    partition, whose columns stand in it as `${name}`; `root` is its beginning that all partitions share."""

    name: str
    holds: str
    bucket: pulumi.Input[str]
    root: str
    path: str
    columns: Mapping[str, str]
    format: FileFormat
    partitions: Mapping[str, Partition] = field(default_factory=dict[str, Partition])

    def declare(self, name: str, database: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        """Make the table in the catalog `database`."""
        projections = {
            f"projection.{column}.{key}": value
            for column, partition in self.partitions.items()
            for key, value in partition.projection.items()
        }
        glue.CatalogTable(
            name,
            name=self.name,
            database_name=database,
            description=self.holds,
            table_type="EXTERNAL_TABLE",
            parameters={
                "EXTERNAL": "TRUE",
                "projection.enabled": "true",
                "storage.location.template": pulumi.Output.concat("s3://", self.bucket, "/", self.path),
                **projections,
            },
            partition_keys=[{"name": column, "type": one.type} for column, one in self.partitions.items()],
            storage_descriptor={
                "location": pulumi.Output.concat("s3://", self.bucket, "/", self.root),
                "input_format": self.format.reads,
                "output_format": self.format.writes,
                "columns": [{"name": column, "type": type_} for column, type_ in self.columns.items()],
                "ser_de_info": {
                    "serialization_library": self.format.serde,
                    "parameters": dict(self.format.parameters),
                },
            },
            opts=opts,
        )
