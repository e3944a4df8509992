"""Which formats are asked for, and who reads which."""

from collections.abc import Callable, Mapping
from functools import cache

from storagetui.kube import json_codec, protobuf_codec
from storagetui.kube.api import Answer
from storagetui.kube.codec import Codec
from storagetui.kube.errors import status_error
from storagetui.kube.habits import Habits
from storagetui.kube.protobuf_schema import speaks
from storagetui.model.kinds import KindInfo

JSON, PROTOBUF = json_codec.MEDIA_TYPE, protobuf_codec.MEDIA_TYPE
Codecs = Mapping[str, Callable[[], Codec]]
"""By media type, what makes the codec: it is made when the first answer of that type arrives."""


def codecs(info: KindInfo, habits: Habits) -> Codecs:
    """The codecs of a kind: JSON for all, protobuf for those that the API server knows by itself."""
    made: dict[str, Callable[[], Codec]] = {JSON: cache(lambda: json_codec.JsonCodec(info, habits.decoding))}
    if speaks(info.record):
        made[PROTOBUF] = cache(lambda: protobuf_codec.ProtobufCodec(info, habits))
    return made


def accept(info: KindInfo, *, watch: bool) -> str:
    """What to ask for: the value of the header `Accept` for a list or a watch of a kind.

    A server or proxy that knows JSON alone answers that; so does the API server for custom resources.
    """
    stream = ";stream=watch" if watch else ""
    return f"{PROTOBUF}{stream},{JSON}{stream};q=0.5" if speaks(info.record) else JSON


def media_type_of(answer: Answer) -> str:
    """The media type of an answer; a server that names none is taken to speak JSON."""
    return answer.headers.get("Content-Type", JSON).partition(";")[0].strip().lower()


def codec_of(answer: Answer, known: Codecs) -> Codec:
    """The codec of an answer's media type; raises StatusError for a type that nobody asked for."""
    media_type = media_type_of(answer)
    make = known.get(media_type)
    if make is None:
        body = f"the server answered with {media_type or 'no media type'}, which is not what was asked for"
        raise status_error(406, body.encode())
    return make()
