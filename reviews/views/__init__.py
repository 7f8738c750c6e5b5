"""What the desk answers."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """Go and GET that page: the answer to a POST that was done."""

    status_code = 303
