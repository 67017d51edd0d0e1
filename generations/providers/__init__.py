"""Providers of generated video behind one contract: ``adapter(AccountFacts(…))``."""

from generations.providers.registry import adapter, batch_size, dialects, unusable

__all__ = ["adapter", "batch_size", "dialects", "unusable"]
