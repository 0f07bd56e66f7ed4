"""Decode bytes to an upright RGB array, or refuse them with what is wrong and what to do."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from recognition.engine.types import RGB, ImageRejected

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 12_000
"""A strip of one pixel's width has no face, and decoders take long over its rows."""
KEPT_PIXELS = 16_000_000
"""A larger picture is made smaller while it is decoded, by 2 or by 4 on each side: a face in it stays large enough."""
PIXELS_A_BYTE = 50
"""A photo takes a byte for fewer pixels than that. A larger picture with less in it is all one colour, and would be
decoded whole for nothing; only of JPEG are pixels left out instead."""
STRIP_ROWS = 512
ORIENTATION = 0x0112
# The camera's own part of EXIF, and in it when the photo was taken, with the hours from UTC in newer cameras.
CAMERA, TAKEN, TAKEN_OFFSET = 0x8769, 0x9003, 0x9011
# Formats with a decoder we want exposed to strangers' bytes; Pillow knows some forty more.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
SIXTEEN_TO_EIGHT = 257

MOST_PASSES, MOST_PARTS = 100, 4_000
"""Of a JPEG. A photo is stored in some ten passes at most and some hundred parts; with 20 MiB of passes over nothing
the decoder, which has no end to its time where a JPEG is decoded, would be busy for hours."""
JPEG_PART = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
JPEG_PASS, JPEG_END = 0xDA, 0xD9
JPEG_BARE = (0x01, 0xD8)
"""Parts without a length."""

# Decoders register themselves when first needed; doing it here keeps threads from racing over it.
Image.init()
pillow_heif.register_heif_opener()  # type: ignore[no-untyped-call, unused-ignore]


def decode(data: bytes) -> RGB:
    """As ``decode_shrunk``, where nobody asks by how much the picture was made smaller."""
    return decode_shrunk(data)[0]


def decode_shrunk(data: bytes) -> tuple[RGB, int]:
    """The picture in ``data``, upright (EXIF orientation applied), as (height, width, 3) uint8, red first; and how many
    pixels of the file's one of its pixels stands for, on each side: 1 up to ``KEPT_PIXELS``.

    Accepts JPEG, PNG (16 bits too), GIF (its first frame), WebP, BMP, TIFF, HEIC and AVIF; grey, palette, CMYK and
    transparent pictures become RGB. Safe to call from any number of threads. Raises ``ImageRejected`` with the code
    ``empty_file``, ``too_large``, ``not_an_image``, ``too_many_pixels`` or ``truncated``.
    """
    if not data:
        raise ImageRejected("The file is empty (0 bytes). Choose the photo again.", code="empty_file")
    if len(data) > MAX_BYTES:
        raise ImageRejected(
            f"The file has {len(data) / 2**20:.1f} MiB; the limit is {MAX_BYTES // 2**20} MiB. "
            "Save the photo smaller and send it again.",
            code="too_large",
        )
    image = _open(data)
    with image:
        pixels = image.width * image.height
        if pixels > MAX_PIXELS or max(image.size) > MAX_SIDE:
            raise too_many_pixels(f"{image.width:,} × {image.height:,}")
        if image.format != "JPEG" and pixels > max(KEPT_PIXELS, PIXELS_A_BYTE * len(data)):
            raise ImageRejected(
                f"This picture has {image.width:,} × {image.height:,} pixels in {len(data) // 1024} KiB: too little "
                "for a photo. Save it smaller, or as JPEG, and send it again.",
                code="too_many_pixels",
            )
        factor = 1
        while pixels > KEPT_PIXELS * factor**2:
            factor *= 2
        try:
            width = image.width
            if factor > 1:
                # Only JPEG can leave pixels out as it decodes.
                image.draft(None, (image.width // factor, image.height // factor))
            image.load()
            left = factor // max(1, round(width / image.width))
            upright = ImageOps.exif_transpose(image if left == 1 else _shrink(image, left))
            return _to_rgb(upright), factor
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise too_many_pixels() from error
        except MemoryError as error:
            raise too_many_pixels() from error
        # Decoders raise whatever they like on damaged data; the picture's header was sound, its content is not.
        except Exception as error:
            raise damaged() from error


def taken_at(data: bytes) -> datetime | None:
    """When the camera says that it took the photo in ``data`` (EXIF's DateTimeOriginal); None where it does not.

    In the camera's own time zone where it names one; otherwise its clock is read as UTC.
    """
    try:
        with _open(data) as image:
            fields = image.getexif().get_ifd(CAMERA)
        text, offset = (str(fields.get(name, "")).strip("\0 ") for name in (TAKEN, TAKEN_OFFSET))
        taken = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    # Whatever stands there: a photo without a date is no worse a photo.
    except Exception:
        return None
    try:
        return datetime.strptime(f"{text} {offset}", "%Y:%m:%d %H:%M:%S %z")
    except ValueError:
        return taken


def _open(data: bytes) -> Image.Image:
    """Read the header only."""
    if data.startswith(b"\xff\xd8\xff"):
        _check_passes(data)
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels() from error
    # Header parsers, too, raise whatever they like on damaged data, not only UnidentifiedImageError.
    except Exception as error:
        if _looks_like_a_picture(data):
            raise damaged() from error
        raise ImageRejected(
            "This file is not a picture that can be read. Send a JPEG, PNG, WebP or HEIC photo.", code="not_an_image"
        ) from error


def _check_passes(data: bytes) -> None:
    """Raise ``ImageRejected`` for a JPEG that takes its decoder more work than a photo of its size does."""
    passes, at = 0, 2
    for _part in range(MOST_PARTS):
        found = JPEG_PART.search(data, at)
        if found is None or found[0][1] == JPEG_END:
            return
        at = found.end()
        passes += found[0][1] == JPEG_PASS
        if passes > MOST_PASSES:
            break
        if found[0][1] not in JPEG_BARE:
            at += int.from_bytes(data[at : at + 2])
    raise ImageRejected(
        "This JPEG is made of many more parts than a photo has. Save it again with another program, and send that.",
        code="truncated",
    )


def _looks_like_a_picture(data: bytes) -> bool:
    return data.startswith(SIGNATURES) or data[4:8] == b"ftyp"


def damaged() -> ImageRejected:
    return ImageRejected(
        "The picture is cut short or damaged: its beginning is a photo, the rest cannot be read. "
        "Copy or upload the photo again.",
        code="truncated",
    )


def too_many_pixels(size: str = "more") -> ImageRejected:
    found = "more pixels than that" if size == "more" else f"{size} pixels"
    return ImageRejected(
        f"The limit is {MAX_PIXELS // 1_000_000} million pixels, {MAX_SIDE:,} on a side, and this picture has {found}. "
        "Save the photo smaller and send it again.",
        code="too_many_pixels",
    )


def _shrink(image: Image.Image, factor: int) -> Image.Image:
    """The mean of each ``factor`` × ``factor`` pixels, strip by strip: converted whole it would need as much again."""
    strips = []
    for top in range(0, image.height, STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + STRIP_ROWS, image.height)))
        if image.mode.startswith("I;16"):
            # Pillow takes no mean of these.
            size = (-(-strip.width // factor), -(-strip.height // factor))
            strips.append(strip.resize(size, Image.Resampling.NEAREST))
            continue
        if "transparency" in image.info:
            strip = strip.convert("RGBA")
        elif image.mode in ("P", "1"):
            strip = strip.convert("RGB")
        strips.append(strip.reduce(factor))
    small = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        small.paste(strip, (0, top))
        top += strip.height
    orientation = Image.Exif()
    orientation[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    small.info["exif"] = orientation.tobytes()
    return small


def _to_rgb(image: Image.Image) -> RGB:
    """Any of Pillow's modes as 8-bit RGB."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _from_deep_grey(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _flatten(image.convert("RGBA"))
    return np.array(image.convert("RGB"))


def _from_deep_grey(image: Image.Image) -> RGB:
    """Grey of 16 or 32 bits, scaled. Pillow's own conversion clips at 255 and turns a photo white."""
    grey: Any = np.asarray(image).astype(np.float32)
    if image.mode.startswith("I;16") or grey.max(initial=0) > 255:
        grey = grey / SIXTEEN_TO_EIGHT
    elif image.mode == "F" and grey.max(initial=0) <= 1:
        grey = grey * 255
    flat = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return np.repeat(flat[:, :, None], 3, axis=2)


def _flatten(image: Image.Image) -> RGB:
    """Lay a transparent picture on white; one that is transparent everywhere holds its picture in the colours."""
    alpha = image.getchannel("A")
    if alpha.getextrema() == (0, 0):
        return np.array(image.convert("RGB"))
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=alpha)
    return np.array(ground)
