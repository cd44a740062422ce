package org.dlora.api.web;

import java.net.InetSocketAddress;
import org.dlora.operate.Caller;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Caller of an HTTP request: the key and its team, or the address where no key is needed. */
public final class RequestCaller {
    private RequestCaller() {}

    /** Returns the caller of a request. */
    public static Caller of(ServerHttpRequest request) {
        var access = access(request);
        return new Caller(access.actor(address(request.getRemoteAddress())), access);
    }

    /** Returns the caller's name for the log and the audit. */
    public static String name(ServerHttpRequest request) {
        return of(request).name();
    }

    /** Returns the access of a request's caller. */
    public static Access access(HttpRequest request) {
        return Access.of(request.getAttributes().get(Access.NAME));
    }

    /** Returns the name of a caller at {@code address}, null if that is not known. */
    public static String address(@Nullable InetSocketAddress address) {
        return address == null ? "an unknown host" : address.getHostString();
    }
}
