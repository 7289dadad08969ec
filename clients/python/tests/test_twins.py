"""Both clients have the same methods."""

import inspect

from palantir_client import AsyncPalantir, Palantir


def methods(kind):
    return {name: value for name, value in vars(kind).items() if inspect.isfunction(value) and not name.startswith("_")}


def test_both_have_the_same_methods_with_the_same_arguments_and_words():
    threads, asyncio = methods(Palantir), methods(AsyncPalantir)
    assert threads.keys() == asyncio.keys()
    for name, method in threads.items():
        assert inspect.signature(method) == inspect.signature(asyncio[name]), name
        assert method.__doc__ == asyncio[name].__doc__, name
        assert inspect.iscoroutinefunction(asyncio[name]), name
    assert inspect.signature(Palantir) == inspect.signature(AsyncPalantir)
