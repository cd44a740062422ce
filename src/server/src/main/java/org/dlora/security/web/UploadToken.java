package org.dlora.security.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.Optional;
import org.dlora.security.AccessRefusedException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.codec.multipart.FormPartEvent;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.csrf.XorServerCsrfTokenRequestAttributeHandler;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/**
 * Check of the CSRF token of an upload, which is the first field of its form. Spring Security would
 * read the whole body for it, which here are the files. So it leaves uploads to their handler,
 * which knows the first field before it reads on, and checks it here before it does anything else.
 * A call with the token in the header is Spring Security's.
 */
public final class UploadToken {
    /** Name of the field, which says nothing of the upload. */
    public static final String FIELD = CsrfTokens.FIELD;

    private static final PathPattern PATH =
            PathPatternParser.defaultInstance.parse(ConsolePaths.UPLOAD);

    private UploadToken() {}

    /** Matches the calls of the console whose token Spring Security checks. */
    static Mono<MatchResult> isCheckedBefore(ServerWebExchange exchange) {
        return isLeftToHandler(exchange.getRequest())
                ? MatchResult.notMatch()
                : CsrfWebFilter.DEFAULT_CSRF_MATCHER.matches(exchange);
    }

    private static boolean isLeftToHandler(ServerHttpRequest call) {
        return HttpMethod.POST.equals(call.getMethod())
                && PATH.matches(call.getPath().pathWithinApplication())
                && !hasHeader(call)
                && Optional.ofNullable(call.getHeaders().getContentType())
                        .filter(MediaType.MULTIPART_FORM_DATA::isCompatibleWith)
                        .isPresent();
    }

    private static boolean hasHeader(ServerHttpRequest call) {
        return call.getHeaders().containsHeader(CsrfTokens.HEADER);
    }

    /**
     * Checks the token of an upload.
     *
     * @param first signal of the parts of its body, which is released if the token is refused
     * @return completes if the token is that of the session, otherwise ends in {@link
     *     AccessRefusedException}
     */
    public static Mono<Void> check(ServerWebExchange exchange, Signal<? extends PartEvent> first) {
        if (hasHeader(exchange.getRequest())) {
            return Mono.empty();
        }
        var failure = first.getThrowable();
        if (failure != null) {
            return Mono.error(failure);
        }
        return first.get() instanceof FormPartEvent field && field.name().equals(FIELD)
                ? isOfSession(exchange, field.value())
                        .flatMap(isRight -> isRight ? Mono.empty() : refuse(first))
                : refuse(first);
    }

    private static Mono<Void> refuse(Signal<? extends PartEvent> first) {
        var part = first.get();
        if (part != null) {
            DataBufferUtils.release(part.content());
        }
        return Mono.error(refusal());
    }

    /** Returns the refusal of a form without its token. */
    static AccessRefusedException refusal() {
        return AccessRefusedException.forbidden(
                "The form is out of date, or was sent by a page of another site. Load the page again and repeat.");
    }

    /** Pages have the token masked, each another way; Spring Security takes the mask off. */
    private static Mono<Boolean> isOfSession(ServerWebExchange exchange, String masked) {
        var expected = CsrfTokens.token(ConsolePaths.user(exchange).csrfToken());
        var call =
                exchange.mutate()
                        .request(one ->
                                one.headers(headers -> headers.set(CsrfTokens.HEADER, masked)))
                        .build();
        return new XorServerCsrfTokenRequestAttributeHandler()
                .resolveCsrfTokenValue(call, expected)
                .map(given ->
                        MessageDigest.isEqual(
                                given.getBytes(UTF_8), expected.getToken().getBytes(UTF_8)))
                .defaultIfEmpty(false);
    }
}
