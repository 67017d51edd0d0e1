"""The strip is read back whatever the picture went through."""

import io

import pytest
from PIL import Image, ImageFilter

from generations.sandbox.strip import draw_strip, read_strip, strip_bits


def frame(number: int, size: tuple[int, int] = (1280, 720)) -> Image.Image:
    image = Image.new("RGB", size, (90, 120, 160))
    draw_strip(image, number)
    return image


@pytest.mark.parametrize("number", [0, 1, 95, 479, 0x5555, 0xAAAA, 0xFFFF])
def test_every_number_reads_back(number: int) -> None:
    assert read_strip(frame(number)) == number


@pytest.mark.parametrize("size", [(192, 108), (320, 180), (101, 180), (853, 480), (1920, 1080), (2560, 1440)])
def test_scaling_does_not_matter(size: tuple[int, int]) -> None:
    assert read_strip(frame(1234).resize(size)) == 1234


def test_a_poor_jpeg_and_a_blur_do_not_matter() -> None:
    file = io.BytesIO()
    frame(40_321).filter(ImageFilter.GaussianBlur(4)).save(file, "JPEG", quality=15)
    assert read_strip(Image.open(file)) == 40_321


def test_the_cells_are_as_documented() -> None:
    number, check = "0000000000010101", "1110"
    assert "".join(map(str, strip_bits(21))) == f"10{number}{check}01"


def test_one_wrong_cell_is_refused() -> None:
    for cell in range(24):
        image = frame(77)
        left = cell * image.width // 24
        level = (1 - strip_bits(77)[cell]) * 255
        image.paste((level, level, level), (left, 0, left + 53, 20))
        assert read_strip(image) is None


def test_a_picture_without_a_strip_has_no_number() -> None:
    assert read_strip(Image.new("RGB", (1280, 720), "white")) is None
    assert read_strip(Image.radial_gradient("L").resize((1280, 720))) is None


def test_numbers_out_of_range_are_refused() -> None:
    for number in (-1, 0x10000):
        with pytest.raises(ValueError, match="between 0 and 65535"):
            strip_bits(number)
