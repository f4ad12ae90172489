"""Reads event files as TensorBoard does, checksums included, and keeps all of them."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

ALL = dict.fromkeys(("scalars", "histograms", "compressedHistograms", "tensors", "images", "audio"), 0)


class ReadRun:
    """One run as TensorBoard reads it from its folder.

    Attributes:
        scalars: {tag: [(step, value), …]}, in order.
        times: {tag: when each of them was}.
        histograms: {tag: [(step, histogram), …]}.
        texts: {tag: [(step, text), …]}.
        began: What its session began with.
        ended: How it ended.
    """

    def __init__(self, folder: Path) -> None:
        (self.file,) = folder.glob("events.out.tfevents.*")
        read = EventAccumulator(str(self.file), size_guidance=ALL)
        read.Reload()
        tags = read.Tags()
        self.scalars = {tag: [(e.step, e.value) for e in read.Scalars(tag)] for tag in tags["scalars"]}
        self.times = {tag: [e.wall_time for e in read.Scalars(tag)] for tag in tags["scalars"]}
        self.histograms = {
            tag: [(e.step, e.histogram_value) for e in read.Histograms(tag)] for tag in tags["histograms"]
        }
        self.texts = {
            tag: [(e.step, e.tensor_proto.string_val[0].decode()) for e in read.Tensors(tag)]
            for tag in tags["tensors"]
            if read.SummaryMetadata(tag).plugin_data.plugin_name == "text"
        }
        said = {
            tag: HParamsPluginData.FromString(content)
            for tag, content in read.PluginTagToContent("hparams").items()
        }
        self.began: SessionStartInfo = said["_hparams_/session_start_info"].session_start_info
        self.ended: SessionEndInfo = said["_hparams_/session_end_info"].session_end_info

    @property
    def hyperparameters(self) -> dict[str, object]:
        """What the session says of its hyperparameters."""
        return {name: getattr(value, value.WhichOneof("kind")) for name, value in self.began.hparams.items()}
