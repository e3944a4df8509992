"""What form of answer a client accepts.

Source: k8s.io/apiserver/pkg/endpoints/handlers/negotiation/negotiate.go; kubectl's Accept header for tables and for
aggregated discovery.
"""

from typing import NamedTuple

from storagetui.sim import refusal

OBJECT, TABLE, METADATA = "object", "table", "metadata"
DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
_JSON_TYPES = ("application/json", "application/*", "*/*")


class Range(NamedTuple):
    """One entry of an Accept header."""

    media_type: str
    parameters: dict[str, str]
    quality: float


def accepted(header: str) -> list[Range]:
    """The entries of an Accept header, best first; no header accepts everything."""
    ranges: list[Range] = []
    for entry in (header or "*/*").split(","):
        media_type, *rest = (part.strip() for part in entry.split(";"))
        parameters = dict(part.split("=", 1) for part in rest if "=" in part)
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 0.0
        ranges.append(Range(media_type, parameters, quality))
    return sorted(ranges, key=lambda item: -item.quality)


def form(header: str) -> str:
    """Whether objects, tables or metadata are asked for; the first acceptable entry decides.

    Refused with 406 when no entry can be served, such as protobuf alone.
    """
    for media_type, parameters, quality in accepted(header):
        if media_type not in _JSON_TYPES or not quality:
            continue
        kind = parameters.get("as")
        if kind is None:
            return OBJECT
        if parameters.get("g") != "meta.k8s.io" or parameters.get("v") not in ("v1", "v1beta1"):
            continue
        if kind == "Table":
            return TABLE
        if kind in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return METADATA
    if all(item.media_type not in _JSON_TYPES for item in accepted(header)):
        available = "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch"
        raise refusal.Refusal(406, "NotAcceptable", available, {})
    raise refusal.not_acceptable(["application/json"])


def discovery_version(header: str) -> str:
    """The version of aggregated discovery that is asked for, `v2` or `v2beta1`; empty for the old documents."""
    for media_type, parameters, quality in accepted(header):
        if media_type not in _JSON_TYPES or not quality:
            continue
        if parameters.get("as") is None:
            return ""
        if parameters.get("as") == "APIGroupDiscoveryList" and parameters.get("v") in ("v2", "v2beta1"):
            return parameters["v"]
    return ""
