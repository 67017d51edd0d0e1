"""Providers of generated video behind one contract: ``adapter(AccountFacts(…))``."""

from generations.providers.registry import adapter, dialects

__all__ = ["adapter", "dialects"]
