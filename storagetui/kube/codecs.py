"""Which formats are asked for, and who reads which."""

from collections.abc import Mapping

from storagetui.kube.api import Answer
from storagetui.kube.codec import Codec
from storagetui.kube.errors import status_error
from storagetui.kube.habits import Habits
from storagetui.kube.json_codec import MEDIA_TYPE as JSON
from storagetui.kube.json_codec import JsonCodec
from storagetui.model.kinds import KindInfo


def codecs(info: KindInfo, habits: Habits) -> Mapping[str, Codec]:
    """The codecs of a kind by media type."""
    return {JSON: JsonCodec(info, habits.decoding)}


def accept(info: KindInfo, *, watch: bool) -> str:
    """What to ask for: the value of the header `Accept` for a list or a watch of a kind."""
    return JSON


def codec_of(answer: Answer, known: Mapping[str, Codec]) -> Codec:
    """The codec of an answer's media type; a server that names none is taken to speak JSON.

    Raises StatusError for a type that nobody asked for.
    """
    media_type = answer.headers.get("Content-Type", JSON).partition(";")[0].strip().lower()
    codec = known.get(media_type)
    if codec is None:
        body = f"the server answered with {media_type or 'no media type'}, which is not what was asked for"
        raise status_error(406, body.encode())
    return codec
