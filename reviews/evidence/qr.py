"""A QR code as an SVG picture: squares, and nothing but squares."""

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 2


def svg(text: str) -> str:
    """Return the QR code of a text. One path of squares, black on nothing, with a quiet zone of two modules around it."""
    code: QRCode = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix) + 2 * QUIET
    squares = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, line in enumerate(matrix) for x, dark in enumerate(line) if dark
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{squares}"/></svg>'
