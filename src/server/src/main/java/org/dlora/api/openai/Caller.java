package org.dlora.api.openai;

import java.net.InetSocketAddress;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Name of the one who calls: the key and its team, or the address where no key is needed. */
public final class Caller {
    private Caller() {}

    /** Returns the name of the caller for the log and the audit. */
    public static String of(ServerHttpRequest request) {
        return Access.of(request.getAttributes().get(Access.NAME))
                .actor(of(request.getRemoteAddress()));
    }

    /** Returns the name of a caller at {@code address}, null if that is not known. */
    public static String of(@Nullable InetSocketAddress address) {
        return address == null ? "an unknown host" : address.getHostString();
    }
}
