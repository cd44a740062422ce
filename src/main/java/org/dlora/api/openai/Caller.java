package org.dlora.api.openai;

import org.springframework.http.server.reactive.ServerHttpRequest;

/** Name of the one who calls: so far the address, as there is no login yet. */
public final class Caller {
    private Caller() {}

    /** Returns the name of the caller for the log and the audit. */
    public static String of(ServerHttpRequest request) {
        var address = request.getRemoteAddress();
        return address == null ? "an unknown host" : address.getHostString();
    }
}
