"""How a whole batch stands against the budgets: the sum of its estimates, not each by itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from generations.actions.orders import Order
from generations.catalog import Refusal
from generations.models import Budget, Project, ProviderAccount
from generations.pipeline import budgets
from sorahub.lib.amounts import money_words

Need = tuple[ProviderAccount, str | None]


@dataclass(frozen=True)
class Held:
    """A budget, what is bound under it now, what the batch needs of it, and how many of its cells have no known price."""

    budget: Budget
    bound: int
    needed: int
    unpriced: int

    @property
    def left(self) -> int | None:
        """What the limit leaves before the launch; None for a budget without one."""
        limit = self.budget.soft_micro if self.budget.hard_micro is None else self.budget.hard_micro
        return None if limit is None else max(limit - self.bound, 0)

    @property
    def words(self) -> str:
        """It in words."""
        budget, left = self.budget, money_words(self.left, self.budget.currency)
        kind = "" if budget.hard_micro is not None else ", a soft limit"
        return f"this needs {money_words(self.needed, budget.currency)} of the {left} left{kind}"


def held(project: Project, orders: Sequence[Order]) -> list[Held]:
    """Return how the orders together stand against every budget in force that covers any of them; few queries for any number."""
    needed, number = Counter[Need](), Counter[Need]()
    for order in orders:
        estimate = order.estimate
        need: Need = (order.account, estimate.currency if estimate and estimate.micro else None)
        needed[need] += estimate.micro if estimate else 0
        number[need] += 1
    rows: dict[object, Budget] = {}
    amount, unpriced = Counter[object](), Counter[object]()
    for (account, currency), cells in number.items():
        for budget in budgets.covering(project, account, currency):
            rows.setdefault(budget.pk, budget)
            amount[budget.pk] += needed[account, currency]
            unpriced[budget.pk] += 0 if currency else cells
    return [Held(row, budgets.bound_in(row), amount[pk], unpriced[pk]) for pk, row in rows.items()]


def refusals(found: Sequence[Held]) -> list[Refusal]:
    """Return what hard budgets have against it."""
    refused = []
    for each in found:
        budget, hard = each.budget, each.budget.hard_micro
        if hard is None:
            continue
        if each.unpriced:
            words = f"{each.unpriced} of the generations have no known price, and the budget {budget} is a hard limit."
            refused.append(
                Refusal(
                    budgets.NO_PRICE, "model", f"{words} Enter the price in the hub’s own catalogue, or leave them out."
                )
            )
        elif each.bound + each.needed > hard:
            needs, left = money_words(each.needed, budget.currency), money_words(each.left, budget.currency)
            words = f"Together they need {needs}; the budget {budget} has {left} left."
            refused.append(
                Refusal(budgets.OVER, "account", f"{words} Take something away, or ask an administrator to raise it.")
            )
    return refused


def warnings(found: Sequence[Held]) -> list[str]:
    """Return which soft limits it would pass, in words."""
    return [
        f"This passes the soft limit of {each.budget}: {money_words(each.budget.soft_micro, each.budget.currency)}."
        for each in found
        if each.budget.soft_micro is not None and each.bound + each.needed > each.budget.soft_micro
    ]
