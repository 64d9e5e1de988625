"""Risks: what a module could do beside computing, read from its graph without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgekit.system.optional import tensorflow

READS = "reads files"
WRITES = "writes files"
PYTHON = "runs Python"
CODE = "loads code"
FOREIGN = "is no class of Keras"
SOCKETS = "opens sockets"
CUSTOM = "is no op of TensorFlow"

RISKY_OPS: dict[str, tuple[str, ...]] = {
    READS: (
        "ReadFile",
        "MatchingFiles",
        "WholeFileReader",
        "WholeFileReaderV2",
        "TextLineReader",
        "TextLineReaderV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "LMDBReader",
        "TextLineDataset",
        "TFRecordDataset",
        "TFRecordDatasetV2",
        "FixedLengthRecordDataset",
        "LMDBDataset",
        "FixedLengthRecordDatasetV2",
        "CSVDataset",
        "CSVDatasetV2",
        "SqlDataset",
        "ExperimentalSqlDataset",
        "ExperimentalCSVDataset",
        "ExperimentalLMDBDataset",
        "LoadDataset",
        "ListDataset",
        "MatchingFilesDataset",
        "ExperimentalMatchingFilesDataset",
        "Restore",
        "RestoreSlice",
        "RestoreV2",
        "ImmutableConst",
        "FileSystemSetConfiguration",
    ),
    WRITES: (
        "WriteFile",
        "Save",
        "SaveSlices",
        "SaveV2",
        "MergeV2Checkpoints",
        "SaveDataset",
        "SaveDatasetV2",
        "DatasetToTFRecord",
        "ExperimentalDatasetToTFRecord",
        "SnapshotDataset",
        "SnapshotDatasetV2",
        "CacheDataset",
        "CacheDatasetV2",
        "CreateSummaryFileWriter",
        "CreateSummaryDbWriter",
        "WriteSummary",
        "WriteRawProtoSummary",
        "DistributedSave",
    ),
    PYTHON: ("PyFunc", "PyFuncStateless", "EagerPyFunc", "GeneratorDataset"),
    CODE: ("XlaLaunch", "TPUExecute"),
    SOCKETS: (
        "_Send",
        "_Recv",
        "_HostSend",
        "_HostRecv",
        "Send",
        "Recv",
        "RpcCall",
        "RpcClient",
        "RpcServer",
        "RemoteCall",
        "RpcServerStart",
        "DataServiceDataset",
        "DataServiceDatasetV2",
        "DataServiceDatasetV3",
        "DataServiceDatasetV4",
        "RegisterDataset",
        "RegisterDatasetV2",
        "DebugIdentity",
        "DebugIdentityV2",
        "DebugIdentityV3",
        "DebugNanCount",
        "DebugNumericSummary",
        "DebugNumericSummaryV2",
        "ConfigureAndInitializeGlobalTPU",
    ),
}
"""Ops that reach outside the graph, by what they do (names of TensorFlow's op registry)."""

TABLE_FILES = ("InitializeTableFromTextFile", "InitializeTableFromTextFileV2")
"""They read a vocabulary: an asset of the module, which is no risk, or a path that the graph names, which is one."""

_RISK_OF = {op: risk for risk, ops in RISKY_OPS.items() for op in ops}


def graph_risks(meta: Any, dead: frozenset[str], live: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """Yield each op of a MetaGraphDef that reaches outside the graph: ``{"op", "where", "risk"}``.

    Args:
        meta: The graph with its function library; every function is scanned, nested ones too.
        dead: Functions that only the saver of the model's own variables reaches.
        live: Nodes of the main graph that a signature reaches.
    """
    assets = {asset.tensor_info.name.partition(":")[0] for asset in meta.asset_file_def}
    reachable = set(live)
    scopes = [("graph", [node for node in meta.graph_def.node if node.name in reachable])]
    scopes += [
        (f"function {function.signature.name}", list(function.node_def))
        for function in meta.graph_def.library.function
        if function.signature.name not in dead
    ]
    for scope, nodes in scopes:
        constants = {node.name for node in nodes if node.op == "Const"} - assets
        for node in nodes:
            risk = _risk(node, constants)
            if risk is not None:
                yield {"op": node.op, "where": f"{scope}, node {node.name}", "risk": risk}


def _risk(node: Any, constants: set[str]) -> str | None:
    if node.op in _RISK_OF:
        return _RISK_OF[node.op]
    if node.op in TABLE_FILES and any(name.partition(":")[0] in constants for name in node.input[1:2]):
        return READS
    if node.op == "PrintV2" and node.attr["output_stream"].s.startswith(b"file://"):
        return WRITES
    return None if _is_registered(node.op) else CUSTOM


def _is_registered(op: str) -> bool:
    tensorflow("reading a module")
    from tensorflow.python.framework import op_def_registry  # heavy

    return op_def_registry.get(op) is not None
