package org.dlora.api.admin;

import org.dlora.api.openai.ApiException;
import org.springframework.http.HttpStatus;

/** Refusal of what only an administration that is open can do. */
public final class ClosedAdministration {
    private ClosedAdministration() {}

    /** Returns 403. */
    public static ApiException refusal() {
        return ApiException.of(
                HttpStatus.FORBIDDEN,
                "The administration is closed while dlora.allow-open-network is true; start without it and make an API key instead (docs/security.md).");
    }
}
