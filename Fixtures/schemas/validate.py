"""Validates a JSON file against a schema with the standard library alone: type, enum, required, properties, items, minimum.

    python3 validate.py schema.json file.json

Prints every violation with its path; exits 1 when there is one.
"""
import json
import sys

TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int,
}


def violations(value, schema, path):
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds

    def fits(kind):
        return isinstance(value, TYPES[kind]) and not (isinstance(value, bool) and kind in ("number", "integer"))

    if kinds and not any(fits(kind) for kind in kinds):
        yield f"{path}: {value!r} is not {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, (int, float)) and value < schema.get("minimum", value):
        yield f"{path}: {value} is below {schema['minimum']}"
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{path}: `{key}` is missing"
        for key, inner in schema.get("properties", {}).items():
            if key in value:
                yield from violations(value[key], inner, f"{path}.{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from violations(item, schema.get("items", {}), f"{path}[{index}]")


def refuse(name):
    raise ValueError(f"`{name}` is not JSON")


schema, document = (json.load(open(name), parse_constant=refuse) for name in sys.argv[1:3])
found = list(violations(document, schema, "$"))
print("\n".join(found))
sys.exit(1 if found else 0)
