"""Message classes made at run time, from names, numbers and types alone: no generated code, no full schema."""

from typing import Any, TypeAlias

from google.protobuf.descriptor_pb2 import EDITION_2023, DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

Type: TypeAlias = FieldDescriptorProto.Type.ValueType
BOOL, BYTES, INT64, MESSAGE, STRING = (
    FieldDescriptorProto.TYPE_BOOL,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_MESSAGE,
    FieldDescriptorProto.TYPE_STRING,
)
PACKAGE = "kube"


def new_file(name: str) -> FileDescriptorProto:
    """A file for one message of that name, in which every field tells absent from empty."""
    return FileDescriptorProto(name=f"{name}.proto", package=PACKAGE, syntax="editions", edition=EDITION_2023)


def add_field(
    message: DescriptorProto,
    name: str,
    number: int,
    type_: Type,
    *,
    is_repeated: bool = False,
    type_name: str = "",
) -> None:
    """Give a message a field; `type_name` is the absolute name of the message that the field holds."""
    label = FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
    message.field.add(name=name, number=number, type=type_, label=label, type_name=type_name or None)


def made(file: FileDescriptorProto) -> Any:
    """The class of a file's first message, with `FromString` and an attribute for each field.

    Any, as the type checker knows nothing of its fields.
    """
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{file.message_type[0].name}"))


def flat(name: str, /, **fields: tuple[int, Type]) -> Any:
    """The class of a message whose fields, given as name=(number, type), are all plain."""
    file = new_file(name)
    message = file.message_type.add(name=name)
    for field, (number, type_) in fields.items():
        add_field(message, field, number, type_)
    return made(file)
