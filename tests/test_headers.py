"""What every answer tells the browser (P10): nothing runs, loads or frames that is not the site's own."""

import pytest

CLOSED = {"default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"}
OWN = {
    f"{kind} 'self'"
    for kind in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
}


@pytest.mark.parametrize("path", ["/health", "/sign-in/", "/admin/login/", "/nothing-here/"])
def test_every_answer_carries_the_strict_headers(client, db, path):
    headers = client.get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == CLOSED | OWN
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
