package org.dlora.security.web;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseCookie;
import org.springframework.web.server.ServerWebExchange;

/** Cookies of the console's pages beside that of the session. */
final class ConsoleCookies {
    private ConsoleCookies() {}

    /**
     * Returns a cookie that no script reads and no other site's page sends; with TLS it is never
     * sent without.
     *
     * @param seconds lifetime; negative until the browser ends, 0 removes it
     */
    static ResponseCookie of(ServerWebExchange exchange, String name, String value, long seconds) {
        return ResponseCookie.from(name, value)
                .path("/console")
                .httpOnly(true)
                .sameSite("Strict")
                .secure("https".equalsIgnoreCase(exchange.getRequest().getURI().getScheme()))
                .maxAge(seconds)
                .build();
    }

    /** Returns the value of a cookie, null if there is none. */
    static @Nullable String value(ServerWebExchange exchange, String name) {
        var cookie = exchange.getRequest().getCookies().getFirst(name);
        return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
    }
}
