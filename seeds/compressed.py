"""Streams in gzip or zstd, read as what is in them: piece by piece, with caps, and honest about a cut."""

import io
import zlib

try:
    import zstandard
except ModuleNotFoundError:  # a machine without it reads everything else
    zstandard = None  # type: ignore[assignment]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
SKIPPED = b"\x2a\x4d\x18"  # behind a first byte from 50 to 5f (RFC 8878, 3.1.2)
ENDINGS = (".gz", ".zst")

PIECE = 64 * 1024
# A few bytes of zstd can stand for 128 KB; so small a piece stands for 32 MB at most.
ZSTD_PIECE = 1024
MOST_WINDOW = 128 * 1024 * 1024
MOST_BYTES = 256 * 1024**3
# Text seldom shrinks to a hundredth. Small files may, which do no harm.
MOST_RATIO, HARMLESS = 250, 64 * 1024 * 1024


class Broken(Exception):
    """What is compressed ends early, is damaged, or unpacks to too much; the message is a sentence that says which."""


def is_compressed(start):
    """Say whether a file that begins like this is in gzip or zstd; the latter may begin with a frame to be skipped."""
    return start.startswith((GZIP, ZSTD)) or (
        start[1:4] == SKIPPED and start[:1] and 0x50 <= start[0] <= 0x5F
    )


def unpacked(stream, start):
    """Return a buffered stream of what `stream`, of which `start` is read already, holds. Reading raises Broken."""
    kind = _Gzip if start.startswith(GZIP) else _Zstd
    return io.BufferedReader(kind(stream, start), PIECE)


class Unpacked(io.RawIOBase):
    """Counts what goes in and what comes out, and ends what grows too much.

    What is read from a file can be read again from its beginning, and from nowhere else.
    """

    name_of_kind = ""
    piece = PIECE
    errors: tuple[type[Exception], ...] = ()

    def __init__(self, stream, start):
        self.stream, self.start = stream, start
        self.begin = stream.tell() - len(start) if stream.seekable() else None
        self.taken = self.given = 0
        self.out = b""
        self.unpacker, self.is_begun = None, False

    def readable(self):
        return True

    def seekable(self):
        return self.begin is not None

    def tell(self):
        return self.given

    def seek(self, offset, whence=io.SEEK_SET):
        if (offset, whence) != (0, io.SEEK_SET) or not self.seekable():
            raise io.UnsupportedOperation("What is packed can be read again from its beginning only.")
        self.stream.seek(self.begin)
        self.start = self.out = b""
        self.taken = self.given = 0
        self.is_begun = False
        return 0

    def readinto(self, buffer):
        while not self.out:
            if not (raw := self.more()):
                if self.is_begun:
                    raise Broken(f"This {self.name_of_kind} file is cut off: its end is missing.")
                return 0
            self.feed(raw)
        size = min(len(buffer), len(self.out))
        buffer[:size], self.out = self.out[:size], self.out[size:]
        self.given += size
        self.stop_a_bomb()
        return size

    def more(self):
        """Return the next piece of what is packed; empty at its end."""
        if not self.start:
            self.start = self.stream.read(self.piece)
        raw, self.start = self.start[: self.piece], self.start[self.piece :]
        self.taken += len(raw)
        return raw

    def feed(self, raw):
        if not self.is_begun:
            # Zeros behind the end are padding, as tapes and gzip itself have it; whatever begins here begins otherwise.
            raw = raw.lstrip(b"\0")
            if not raw:
                return
            self.unpacker, self.is_begun = self.new(), True
        try:
            self.out = self.unpack(raw)
        except self.errors:
            raise Broken(
                f"This {self.name_of_kind} file is damaged behind its first {self.given:,} bytes, unpacked."
            ) from None
        if self.unpacker.eof:
            behind = self.unpacker.unused_data
            self.start, self.taken = behind + self.start, self.taken - len(behind)
            self.is_begun = False

    def stop_a_bomb(self):
        if self.given > MOST_BYTES:
            raise Broken(f"This {self.name_of_kind} file unpacks to more than {MOST_BYTES:,} bytes.")
        if self.given > max(HARMLESS, MOST_RATIO * self.taken):
            raise Broken(
                f"This {self.name_of_kind} file unpacks to more than {MOST_RATIO} times its size, as no text does."
            )


class _Gzip(Unpacked):
    name_of_kind = "gzip"
    errors = (zlib.error,)

    def new(self):
        return zlib.decompressobj(wbits=31)

    def unpack(self, raw):
        out = self.unpacker.decompress(raw, PIECE)
        if not self.unpacker.eof:
            self.start = self.unpacker.unconsumed_tail + self.start
            self.taken -= len(self.unpacker.unconsumed_tail)
        return out


class _Zstd(Unpacked):
    name_of_kind = "zstd"
    piece = ZSTD_PIECE
    errors = (zstandard.ZstdError,) if zstandard else ()

    def new(self):
        if zstandard is None:
            raise Broken(
                "This is a zstd file, and zstandard is not installed here. Unpack it, and give what is in it."
            )
        return zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).decompressobj()

    def unpack(self, raw):
        return self.unpacker.decompress(raw)
