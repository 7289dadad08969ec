"""Medians of rounds, and ratios to peers.

A ratio is taken within each round, where both were measured in the same half minute, and its median over the rounds.
"""

import statistics


def median(figures):
    """The median of each figure of several rounds."""
    return {key: statistics.median(figure[key] for figure in figures) for key in figures[0]}


def ratios(own, peers):
    """own ÷ peer, for each peer and each figure that is not 0 in any round."""
    return {peer: {key: statistics.median(a[key] / b[key] for a, b in zip(own, figures))
                   for key in own[0] if all(figure[key] for figure in figures)}
            for peer, figures in peers.items()}


def summary(rounds, own="palantir"):
    """From each target's rounds: those, their medians, and the ratios of `own` to the others."""
    peers = {target: figures for target, figures in rounds.items() if target != own}
    return {
        "targets": {target: {"median": median(figures), "rounds": figures} for target, figures in rounds.items()},
        "ratios": ratios(rounds[own], peers) if own in rounds else {},
    }
