"""Predictions from a Palantir hub.

    from palantir_client import Palantir

    with Palantir("http://127.0.0.1:3000") as hub:
        hub.predict("churn", [42, 43])       # {42: {"0": 0.98, "1": 0.02}, 43: {...}}

`AsyncPalantir` is the same for asyncio. Errors are types, one for each code of the hub: `palantir_client.errors`.
"""

from palantir_client.asynchronous import AsyncPalantir
from palantir_client.client import Palantir
from palantir_client.errors import PalantirError
from palantir_client.predictions import EntityID, Labels, Predictions

__version__ = "0.1.0"
__all__ = ["AsyncPalantir", "EntityID", "Labels", "Palantir", "PalantirError", "Predictions"]
