"""A process of its own that decodes pictures, so that none can harm the intake; `pictures` starts it by its path.

It knows only the standard library and Pillow. On stdin come eight bytes of length and a picture, on stdout goes a line,
`ok FORMAT` or `bad REASON`; then the next. Before all stands a line `ready`. It ends when stdin does.
"""

from __future__ import annotations

import io
import resource
import struct
import sys
import warnings

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
MOST_PIXELS = 50_000_000
MEMORY_BYTES = 768 << 20
"""Address space: a 50-megapixel picture of four channels is 200 MB, some decoders hold it twice."""
CPU_S = 4
"""For one picture: 50 megapixels take about one second."""
_WHOLE_LIFE_CPU_S = 600
_LENGTH = struct.Struct(">Q")


def main() -> None:
    """Look at one picture after the other."""
    limit_everything_else()
    received, replies = sys.stdin.buffer, sys.stdout.buffer
    replies.write(b"ready\n")
    replies.flush()
    while len(head := received.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        content = received.read(length)
        if len(content) < length:
            return
        spent_s = limit_time()
        reply = look(content)
        replies.write(reply.encode() + b"\n")
        replies.flush()
        if reply == "bad too-much-memory" or spent_s > _WHOLE_LIFE_CPU_S - 2 * CPU_S:
            return  # another begins anew


def limit_everything_else() -> None:
    """Memory for one picture, no file to write, few to open, no core. What Pillow imports by need is there before."""
    from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin
    from PIL import WebPImagePlugin as _WebP

    plugins = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, _WebP)
    assert all(plugins)  # noqa: S101 - importing them is what makes their formats known
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def limit_time() -> float:
    """So much processor time from now; the kernel ends the process (SIGXCPU) when a picture takes more.

    The seconds spent so far.
    """
    spent = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = spent.ru_utime + spent.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent_s) + 1 + CPU_S, _WHOLE_LIFE_CPU_S))
    return spent_s


def look(content: bytes) -> str:
    """Decode the first frame whole; the reply."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            found = picture.format
            picture.draft(None, (picture.width // 8 or 1, picture.height // 8 or 1))  # JPEG: an eighth of the work
            picture.load()
    except UnidentifiedImageError:
        return "bad unknown-format"
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return "bad too-many-pixels"
    except MemoryError:
        return "bad too-much-memory"
    except Exception:  # noqa: BLE001 - a decoder may raise anything; what it could not decode is damaged
        return "bad damaged"
    return f"ok {'JPEG' if found == 'MPO' else found}"


if __name__ == "__main__":
    main()
