"""What people send as a photo: everything a phone makes is read upright, everything else is refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from recognition.engine import images
from recognition.engine.images import decode, decode_shrunk
from recognition.engine.types import ImageRejected

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")

RED, BLUE = (220, 30, 30), (30, 30, 220)


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def is_red(pixel: NDArray[np.uint8]) -> bool:
    return bool(pixel[0] > 150 and pixel[2] < 100)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "GIF", "AVIF"])
def test_the_formats_of_phones_and_scanners_are_read_in_colour(kind: str) -> None:
    array = decode(saved(picture(), kind))
    assert array.shape == (40, 60, 3)
    assert array.dtype == np.uint8
    assert is_red(array[20, 10])
    assert not is_red(array[20, 50])


@pytest.mark.parametrize(("mode", "kind"), [("P", "PNG"), ("RGBA", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF")])
def test_palette_transparent_and_print_colours_become_rgb(mode: str, kind: str) -> None:
    array = decode(saved(picture(mode), kind))
    assert array.shape == (40, 60, 3)
    assert is_red(array[20, 10])


def test_a_phone_held_sideways_gives_an_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    array = decode(saved(picture(), "JPEG", exif=exif))
    assert array.shape == (60, 40, 3)
    assert is_red(array[10, 20])
    assert not is_red(array[50, 20])


def test_grey_stays_grey() -> None:
    array = decode(saved(Image.new("L", (20, 10), 90), "PNG"))
    assert (array == 90).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    array = decode(saved(Image.fromarray(ramp), kind))
    assert array[0, 0, 0] == 0
    assert array[15, 15, 0] == 255
    assert abs(int(array[8, 0, 0]) - 128) <= 1


def test_transparency_is_laid_on_white_and_a_wholly_transparent_picture_keeps_its_colours() -> None:
    image = picture("RGBA")
    image.putpixel((50, 20), (0, 0, 0, 0))
    assert decode(saved(image, "PNG"))[20, 50].tolist() == [255, 255, 255]
    image.putalpha(0)
    assert is_red(decode(saved(image, "PNG"))[20, 10])


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (20, 20), RED), Image.new("RGB", (20, 20), BLUE)]
    assert is_red(decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))[5, 5])


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "empty_file", "0 bytes"),
        (b"Dear HR, please find my photo attached.", "not_an_image", "JPEG, PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "not_an_image", "JPEG, PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image", "JPEG, PNG"),
        (saved(picture(size=(400, 400)), "JPEG")[:900], "truncated", "again"),
        (saved(picture(), "JPEG")[:12], "truncated", "again"),
        (saved(picture(size=(400, 400)), "PNG")[:-900], "truncated", "again"),
        (saved(picture(size=(400, 400)), "HEIF")[:-60], "truncated", "again"),
        (saved(picture(size=(400, 400)), "WEBP")[:-60], "truncated", "again"),
        (b"\xff\xd8\xff" + b"x" * images.MAX_BYTES, "too_large", "20 MiB"),
        (png_header(12_000, 12_000), "too_many_pixels", "50 million"),
        (png_header(60_000, 60_000), "too_many_pixels", "50 million"),
        (png_header(1, 49_000_000), "too_many_pixels", "12,000 on a side"),
        (png_header(12_001, 10), "too_many_pixels", "12,000 on a side"),
        (png_header(7_000, 7_000), "too_many_pixels", "too little for a photo"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason_and_a_remedy(data: bytes, code: str, says: str) -> None:
    with pytest.raises(ImageRejected) as refusal:
        decode(data)
    assert refusal.value.code == code
    assert says in refusal.value.message


def test_a_huge_picture_is_refused_before_its_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("the pixels were decoded"))
    with pytest.raises(ImageRejected, match="12,000 × 12,000"):
        decode(png_header(12_000, 12_000))


def heavy(data: bytes) -> bytes:
    """The picture with as many bytes as a photo of 25 million pixels has at least; decoders stop at its end."""
    return data + bytes(max(0, 25_000_000 // images.PIXELS_A_BYTE - len(data)))


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {}),
        ("RGB", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("P", "PNG", {}),
        ("P", "GIF", {}),
        ("1", "PNG", {}),
        ("L", "PNG", {"transparency": 7}),
        ("CMYK", "JPEG", {}),
        ("RGB", "WEBP", {}),
    ],
)
def test_a_large_picture_is_made_smaller_and_says_by_how_much(mode: str, kind: str, options: dict[str, int]) -> None:
    image = picture("1" if mode == "1" else mode, (5000, 4000))
    array, factor = decode_shrunk(heavy(saved(image, kind, **options)))
    assert (array.shape, factor) == ((2000, 2500, 3), 2)
    left, right = array[1000, 100].astype(int), array[1000, 2400].astype(int)
    if mode == "1":
        assert set(np.unique(array)) <= set(range(256))
    elif mode == "L":
        assert abs(left.max() - left.min()) <= 1
    else:
        assert left[0] > 150 > 100 > left[2]
        assert right[2] > 150 > 100 > right[0]


def test_deep_grey_is_made_smaller_as_well() -> None:
    array, factor = decode_shrunk(heavy(saved(Image.fromarray(np.full((4001, 4500), 32896, np.uint16)), "PNG")))
    assert (array.shape, factor, int(array[-1, -1, 0])) == ((2001, 2250, 3), 2, 128)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_stays_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    array = decode(heavy(saved(picture(size=(5000, 4000)), kind, exif=exif)))
    assert array.shape == (2500, 2000, 3)
    assert is_red(array[100, 1000])
    assert not is_red(array[2400, 1000])


def test_a_picture_of_a_phone_is_left_as_it_is() -> None:
    assert decode_shrunk(saved(picture(size=(4000, 3000)), "JPEG"))[1] == 1


def in_passes(size: tuple[int, int], more: int) -> bytes:
    """A progressive JPEG whose last pass comes so many times more."""
    content = saved(Image.new("L", size, 90), "JPEG", progressive=True)
    return content[:-2] + content[content.rfind(b"\xff\xda") : -2] * more + b"\xff\xd9"


def test_a_jpeg_of_thousands_of_passes_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 200 KB kept a core busy for minutes, and JPEGs are decoded where nothing ends that."""
    assert (decode(in_passes((60, 40), 50)) == 90).all()
    passes = in_passes((8000, 6000), 3000)
    parts = b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000 + saved(picture(), "JPEG")[2:]
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("the pixels were decoded"))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _self: pytest.fail("the pixels were decoded"))
    for data in (passes, parts):
        with pytest.raises(ImageRejected, match="parts") as refusal:
            decode(data)
        assert refusal.value.code == "truncated"


def test_what_looks_like_passes_in_a_preview_or_behind_the_picture_counts_for_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = b"\xff\xda".decode("latin-1") * 500
    content = saved(picture(), "JPEG", exif=exif, comment=b"\xff\xda" * 500, progressive=True)
    assert decode(content + b"\xff\xda\0\2" * 500).shape == (60, 40, 3)


def test_many_threads_decode_at_once() -> None:
    files = [saved(picture(), kind) for kind in ("JPEG", "PNG", "HEIF", "WEBP")] * 10
    with ThreadPoolExecutor(8) as workers:
        shapes = {array.shape for array in workers.map(decode, files)}
    assert shapes == {(40, 60, 3)}
