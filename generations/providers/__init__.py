"""Providers of generated video behind one contract: ``adapter(AccountFacts(…))``."""

from generations.providers.registry import adapter, dialects, unusable

__all__ = ["adapter", "dialects", "unusable"]
