"""The terms of the embedded generation service, written for the demonstration. They bind nobody."""

OWNERSHIP = (
    "As between you and the service, you own the output that you generate, "
    "and the service assigns to you whatever right it may have in it."
)
COMMERCIAL = "You may use output for commercial purposes, advertising and client work included."
MARKS = "Do not remove or alter marks that say that output was made by a machine."
INDEMNITY = "The service gives no indemnity."

TERMS = f"""# Terms of the embedded generation service

Effective 1 October 2026. These terms are part of SoraHub's demonstration. They bind nobody.

## 1. Output

{OWNERSHIP} Similar output may be generated for others.

## 2. Use

{COMMERCIAL} You are responsible for what your prompts and references depict.

## 3. Marks

{MARKS}

## 4. Indemnity

{INDEMNITY}
"""
CLAUSES = (
    ("ownership", OWNERSHIP),
    ("commercial_use", COMMERCIAL),
    ("marks", MARKS),
    ("indemnity", INDEMNITY),
)
