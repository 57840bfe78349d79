"""A schema as a flat list: each type, field, argument, input field and enum value by its coordinate, with what it is."""

from collections.abc import Iterator, Sequence

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

KEPT_DIRECTIVES = ("key", "oneOf")
"""The directives that a client or a router relies on."""


def coordinates(document: DocumentNode) -> dict[str, str]:
    """What the document defines: ``Item.variants(first:)`` is ``Int! = 20``."""
    return {
        coordinate: meaning
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode)
        for coordinate, meaning in _of_type(definition)
    }


def _of_type(definition: TypeDefinitionNode) -> Iterator[tuple[str, str]]:
    name = definition.name.value
    yield name, definition.kind.removesuffix("_type_definition")
    for directive in _printed(definition.directives):
        yield f"{name} {directive}", "directive"
    if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        for interface in definition.interfaces or ():
            yield f"{name} implements {interface.name.value}", "interface"
        for field in definition.fields or ():
            yield from _of_field(f"{name}.{field.name.value}", field)
    elif isinstance(definition, InputObjectTypeDefinitionNode):
        for value in definition.fields or ():
            yield f"{name}.{value.name.value}", _with_default(value)
    elif isinstance(definition, EnumTypeDefinitionNode):
        for each in definition.values or ():
            yield f"{name}.{each.name.value}", "enum value"


def _of_field(coordinate: str, field: FieldDefinitionNode) -> Iterator[tuple[str, str]]:
    yield coordinate, print_ast(field.type)
    for argument in field.arguments or ():
        yield f"{coordinate}({argument.name.value}:)", _with_default(argument)


def _with_default(value: InputValueDefinitionNode) -> str:
    default = f" = {print_ast(value.default_value)}" if value.default_value is not None else ""
    return f"{print_ast(value.type)}{default}"


def _printed(directives: Sequence[DirectiveNode] | None) -> Iterator[str]:
    return (print_ast(each) for each in directives or () if each.name.value in KEPT_DIRECTIVES)
