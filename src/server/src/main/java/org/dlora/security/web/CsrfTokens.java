package org.dlora.security.web;

import org.dlora.security.users.RandomText;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.security.web.server.csrf.CsrfToken;
import org.springframework.security.web.server.csrf.DefaultCsrfToken;
import org.springframework.security.web.server.csrf.ServerCsrfTokenRepository;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * CSRF tokens: that of the session, or before a sign-in that of a cookie, as then there is no
 * session.
 */
final class CsrfTokens implements ServerCsrfTokenRepository {
    static final String HEADER = "X-CSRF-TOKEN";
    static final String FIELD = "_csrf";
    private static final String COOKIE = "dlora-form";

    private final SessionUsers users;

    CsrfTokens(SessionUsers users) {
        this.users = users;
    }

    @Override
    public Mono<CsrfToken> generateToken(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> token(RandomText.secret()));
    }

    @Override
    public Mono<Void> saveToken(ServerWebExchange exchange, @Nullable CsrfToken token) {
        return Mono.fromRunnable(() ->
                exchange.getResponse()
                        .addCookie(
                                ConsoleCookies.of(
                                        exchange,
                                        COOKIE,
                                        token == null ? "" : token.getToken(),
                                        token == null ? 0 : -1)));
    }

    @Override
    public Mono<CsrfToken> loadToken(ServerWebExchange exchange) {
        return users.find(exchange)
                .map(SignedIn::csrfToken)
                .switchIfEmpty(Mono.fromSupplier(() -> ConsoleCookies.value(exchange, COOKIE)))
                .map(CsrfTokens::token);
    }

    static CsrfToken token(String value) {
        return new DefaultCsrfToken(HEADER, FIELD, value);
    }
}
