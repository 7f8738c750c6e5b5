"""Files that a browser sends: streamed to the disk, from those who may import and for no other page of the site.

Django parses a form before any view is asked, so that who may send a file, and how large it may be, is settled here.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

PAGE = "admin:articles_importrun_add"
# What surrounds a file in a form is less than this; a file itself is counted as it comes.
AROUND = 64 * 1024


def folder():
    """Where uploaded files wait for their import; made where it is not there yet."""
    path = Path(settings.VAR_DIR) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def most_bytes():
    return settings.IMPORT_UPLOAD_MB * 1024 * 1024


def too_large(name):
    return f"{name} is larger than {settings.IMPORT_UPLOAD_MB} MB, the most that can be uploaded. Split it in two."


class Received(UploadedFile):
    """A file under a name of ours in the folder of uploads. It goes with the request, unless it is kept."""

    def __init__(self, path, name, size):
        super().__init__(path.open("rb"), name, size=size)
        self.path, self.is_kept = path, False

    def keep(self):
        """Let the file stay, and return the name it has in the folder."""
        self.is_kept = True
        return self.path.name

    def close(self):
        super().close()
        if not self.is_kept:
            self.path.unlink(missing_ok=True)


class ToDisk(FileUploadHandler):
    """Write a file of the upload page to disk as it comes. What is not taken, `request.refused_file` says."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.is_too_long = (content_length or 0) > most_bytes() + AROUND
        self.path, self.out = None, None

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if not self._is_welcome():
            raise SkipFile
        if self.is_too_long:
            self._refuse(too_large(self.file_name))
        self.size = 0
        self.path = folder() / secrets.token_urlsafe(24)
        try:
            self.out = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            self._refuse(no_room(self.file_name, error))

    def receive_data_chunk(self, raw_data, start):
        self.size += len(raw_data)
        if self.size > most_bytes():
            self._refuse(too_large(self.file_name))
        try:
            self.out.write(raw_data)
        except OSError as error:
            self._refuse(no_room(self.file_name, error))

    def file_complete(self, file_size):
        self.out.flush()
        os.fsync(self.out.fileno())
        self.out.close()
        path, self.path, self.out = self.path, None, None
        return Received(path, self.file_name, file_size)

    def upload_interrupted(self):
        self._drop()

    def _is_welcome(self):
        match = self.request.resolver_match
        return bool(
            match and match.view_name == PAGE and self.request.user.has_perm("articles.import_articles")
        )

    def _refuse(self, why):
        self._drop()
        self.request.refused_file = why
        raise SkipFile

    def _drop(self):
        if self.out:
            self.out.close()
        if self.path:
            self.path.unlink(missing_ok=True)
        self.path, self.out = None, None


def no_room(name, error):
    return f"{name} could not be kept on this machine ({error.strerror or error}). Tell who runs this site."
