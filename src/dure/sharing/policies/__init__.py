"""Policies: who may do what with data, under which conditions (ODRL 2.2), decided and said in plain words.

What is not permitted is refused, a prohibition wins over a permission, and a condition that cannot be checked is never taken
for met. A decision carries its reasons: the clause, what is missing and what would mend it.
"""

from dure.sharing.policies.deciding import Decision, Reason, evaluate
from dure.sharing.policies.judging import Condition, DutyState, Premise, RuleReport, reports
from dure.sharing.policies.permits import ACTIONS, action_of, permit, term_of
from dure.sharing.policies.phrases import value_words, with_particle
from dure.sharing.policies.policy import Constraint, Logical, Policy, Request, Rule
from dure.sharing.policies.refusals import PolicyWrong
from dure.sharing.policies.saying import plain, sentences
from dure.sharing.policies.words import POLICY_WORDS, Word, included

__all__ = [
    "ACTIONS",
    "POLICY_WORDS",
    "Condition",
    "Constraint",
    "Decision",
    "DutyState",
    "Logical",
    "Policy",
    "PolicyWrong",
    "Premise",
    "Reason",
    "Request",
    "Rule",
    "RuleReport",
    "Word",
    "action_of",
    "evaluate",
    "included",
    "permit",
    "plain",
    "reports",
    "sentences",
    "term_of",
    "value_words",
    "with_particle",
]
