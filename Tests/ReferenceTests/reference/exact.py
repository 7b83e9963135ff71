"""How numbers are handed over: in hexadecimal, so that no digit is lost."""
import math


def number(x):
    """None for what is undefined, else the double, digit by digit."""
    return None if x is None else float(x).hex()


def within(x, absolute):
    """A number that need not be met to the last digits, with how far off it may be."""
    return [number(x), number(absolute)]


def case(name, arguments, expected, relative=1e-9, absolute=1e-12):
    return {
        "name": name,
        "arguments": {key: [number(x) for x in values] for key, values in arguments.items()},
        "expected": {key: number(x) for key, x in expected.items()},
        "relative": number(relative),
        "absolute": number(absolute),
    }


def isclose(x, y, relative):
    return math.isclose(x, y, rel_tol=relative, abs_tol=0)
