"""Fields with arguments within others, and how to come to them."""

from tests.selections import ARGUMENTS, ENTRIES, schema


def nested_arguments() -> list[tuple[str, str, str, str]]:
    """The type, the field, the argument and its type, of every field with arguments but the roots."""
    roots = {"Query", "Mutation", "Subscription"}
    return [
        (name, field_name, argument_name, str(argument.type))
        for name, type_ in schema().type_map.items()
        if name not in roots and not name.startswith("__") and hasattr(type_, "fields")
        for field_name, field in type_.fields.items()
        for argument_name, argument in getattr(field, "args", {}).items()
    ]


def nested_query(type_name: str, field: str, argument: str, argument_type: str) -> str:
    """A query of one field with one argument, given as the variable ``value``, besides those without which there is none."""
    entry = ENTRIES[type_name]
    end = " }" * (entry.count("{ ") + 2)
    others = "" if argument_type.endswith("!") else ARGUMENTS.get((type_name, field), "").strip("()")
    return f"query($value: {argument_type}) {{ {entry} {{ {field}({argument}: $value {others}) {{ __typename }}{end}"
