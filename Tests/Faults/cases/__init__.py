"""The faults, a file for each part of the system that they befall, in the order in which they are done."""

from . import suite_itself, feature_store, registry, models, replicas, network, clients, machine, hub_process
