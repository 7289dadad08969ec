"""Makes up the customers of a phone company, the same ones for the same seed."""

import random
from datetime import date, timedelta
from decimal import Decimal
from math import exp

# The day on which the customers are looked at. Fixed, so that a model trained tomorrow is the model trained today.
TODAY = date(2025, 6, 30)

PLANS = {"basic": Decimal("29.90"), "family": Decimal("64.90"), "fiber": Decimal("99.90")}
CITIES = ["São Paulo", "Rio de Janeiro", "Belo Horizonte", "Curitiba", "Recife", "Porto Alegre"]


def make_customers(count, seed):
    """Customers 1 to `count`: a list of feature rows and a list of whether each one left (0 or 1).

    A row holds what a database driver would return, so that table and training start from the same values.
    """
    chance = random.Random(seed)
    rows = [make_customer(id, chance) for id in range(1, count + 1)]
    churned = [int(chance.random() < risk(row)) for row in rows]
    # Gaps as real tables have them. Made after the risk, which a customer has whether or not someone wrote it down.
    for row in rows:
        for column, share in {"support_calls": 0.04, "monthly_charge": 0.02, "city": 0.05}.items():
            if chance.random() < share:
                row[column] = None
    return rows, churned


def make_customer(id, chance):
    days = min(int(chance.expovariate(1 / 900)), 3650)
    plan = chance.choices(list(PLANS), weights=[4, 3, 3])[0]
    cents = chance.randrange(-500, 2500)
    return {
        "id": id,
        # Of the contract, which may be younger than the account.
        "tenure_months": int(days / 30.4 * chance.uniform(0.5, 1)),
        "support_calls": min(int(chance.expovariate(0.7)), 12),
        "monthly_charge": PLANS[plan] + Decimal(cents) / 100,
        "contract": chance.choices(["monthly", "one year", "two years"], weights=[5, 3, 2])[0],
        "plan": plan,
        "city": chance.choice(CITIES),
        "paperless": chance.random() < 0.6,
        "signup_date": TODAY - timedelta(days=days),
    }


def risk(row):
    """The probability that this customer leaves: what the model is to find out. About a quarter do."""
    score = -1.6 + {"monthly": 0.9, "one year": -0.4, "two years": -1.5}[row["contract"]]
    score += 0.45 * row["support_calls"] + 0.012 * (float(row["monthly_charge"]) - 60)
    score -= 0.03 * min(row["tenure_months"], 60)
    score += 0.2 if row["paperless"] else 0
    return 1 / (1 + exp(-score))


def as_json(row):
    """The row as it reaches the model: Palantir sends decimals as numbers, booleans as 0 or 1, dates as ISO text."""
    return {column: json_value(value) for column, value in row.items()}


def json_value(value):
    match value:
        case bool():
            return int(value)
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
    return value
