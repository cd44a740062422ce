package org.dlora.security.web;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Mono;

/** Paths of the console that sign-ins lead to, and what its pages know of a call. */
public final class ConsolePaths {
    public static final String HOME = "/console";
    public static final String LOGIN = "/console/login";
    public static final String LOGOUT = "/console/logout";

    /** Stream of the panels of an open page. */
    public static final String LIVE = "/console/live";

    /** Form that uploads an adapter, whose token its handler checks ({@link UploadToken}). */
    public static final String UPLOAD = "/console/adapters/upload";

    public static final String LINK = "/console/link";
    public static final String FIRST = "/console/first-user";

    private static final int LONGEST_PAGE = 2000;

    /** Characters of a path and a query (RFC 3986), without those that browsers rewrite. */
    private static final Pattern PAGE =
            Pattern.compile(
                    "/console(?:/[A-Za-z0-9._~/-]*)?(?:\\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?");

    private ConsolePaths() {}

    /** Leads a browser to a path of the console, by GET. */
    public static Mono<Void> redirect(ServerWebExchange exchange, String path) {
        exchange.getResponse().setStatusCode(HttpStatus.SEE_OTHER);
        exchange.getResponse().getHeaders().setLocation(URI.create(path));
        return exchange.getResponse().setComplete();
    }

    /** Returns the path of the sign-in that leads to the page of {@code exchange} afterwards. */
    static String login(ServerWebExchange exchange) {
        var call = exchange.getRequest();
        var page = call.getURI().getRawPath();
        var query = call.getURI().getRawQuery();
        var next = page(query == null ? page : page + "?" + query);
        return next.equals(HOME) || !call.getMethod().equals(HttpMethod.GET)
                ? LOGIN
                : UriComponentsBuilder.fromPath(LOGIN)
                        .queryParam("next", "{next}")
                        .encode()
                        .buildAndExpand(next)
                        .toUriString();
    }

    /**
     * Returns {@code next} if a sign-in may lead there, which is so for pages of the console alone;
     * else the overview.
     *
     * @param next path and query, from anybody
     */
    public static String page(@Nullable String next) {
        if (next == null || next.length() > LONGEST_PAGE || !PAGE.matcher(next).matches()) {
            return HOME;
        }
        boolean isSignIn =
                List.of(LOGIN, LOGOUT, LINK, FIRST, LIVE).stream().anyMatch(next::startsWith);
        return isSignIn ? HOME : next;
    }

    /** Returns whether the caller is a browser that wants a page. */
    public static boolean wantsPage(ServerWebExchange exchange) {
        return exchange
                .getRequest()
                .getHeaders()
                .getOrDefault(HttpHeaders.ACCEPT, List.of())
                .stream()
                .anyMatch(accepted -> accepted.contains("text/html"));
    }

    /**
     * Returns the user of a call to the console.
     *
     * @throws IllegalStateException if there is none: the table of the endpoints is open there
     */
    public static SignedIn user(ServerWebExchange exchange) {
        if (exchange.getAttribute(SignedIn.NAME) instanceof SignedIn user) {
            return user;
        }
        throw new IllegalStateException("Nobody is signed in");
    }

    /** Returns the address of the caller, null if it is not known. */
    public static @Nullable InetAddress address(ServerWebExchange exchange) {
        return SignInFilters.address(exchange);
    }

    /** Returns the cookie by which the caller's browser is known, null if it has none. */
    public static @Nullable String device(ServerWebExchange exchange) {
        return SignInFilters.device(exchange);
    }
}
