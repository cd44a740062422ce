package org.dlora.security.web;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.authentication.ServerAuthenticationConverter;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Filters that take the forms of a sign-in: by a password, and by the link of the start. One that
 * is refused goes on to the page, which finds the reason in an attribute.
 */
final class SignInFilters {
    private static final String DEVICE = "dlora-device";
    private static final Duration DEVICE_LIFETIME = Duration.ofDays(90);
    private static final Pattern BRACKETS = Pattern.compile("[\\[\\]]");

    private final SignIns signIns;
    private final SessionUsers users;

    SignInFilters(SignIns signIns, SessionUsers users) {
        this.signIns = signIns;
        this.users = users;
    }

    AuthenticationWebFilter byPassword() {
        return filter(
                ConsolePaths.LOGIN,
                exchange -> form(exchange).map(form -> attempt(exchange, form)),
                attempt ->
                        Mono.fromFuture(() ->
                                        signIns.byPassword(
                                                (SignIns.Try) ((SignInAttempt<?>) attempt).form()))
                                .map(done -> new UserAuthentication(done.user(), done.device())),
                exchange -> form(exchange).map(form -> ConsolePaths.page(text(form, "next"))));
    }

    private static Authentication attempt(
            ServerWebExchange exchange, MultiValueMap<String, String> form) {
        return new SignInAttempt<>(
                new SignIns.Try(
                        text(form, "name"),
                        text(form, "password"),
                        address(exchange),
                        device(exchange)));
    }

    /** A token, and where it comes from. */
    private record LinkForm(String token, @Nullable InetAddress address) {}

    AuthenticationWebFilter byLink() {
        return filter(
                ConsolePaths.LINK,
                exchange ->
                        form(exchange)
                                .map(form ->
                                        new SignInAttempt<>(
                                                new LinkForm(
                                                        text(form, "token"), address(exchange)))),
                attempt -> {
                    var form = (LinkForm) ((SignInAttempt<?>) attempt).form();
                    return Mono.fromCallable(() -> signIns.byLink(form.token, form.address))
                            .map(user -> new UserAuthentication(user, null));
                },
                _ -> Mono.just(ConsolePaths.FIRST));
    }

    private AuthenticationWebFilter filter(
            String path,
            ServerAuthenticationConverter converter,
            ReactiveAuthenticationManager manager,
            Function<ServerWebExchange, Mono<String>> next) {
        ReactiveAuthenticationManager refusing =
                attempt ->
                        manager.authenticate(attempt)
                                .onErrorMap(
                                        SignInRefusedException.class, RefusedSignInException::new);
        var filter = new AuthenticationWebFilter(refusing);
        filter.setRequiresAuthenticationMatcher(
                ServerWebExchangeMatchers.pathMatchers(HttpMethod.POST, path));
        filter.setServerAuthenticationConverter(converter);
        filter.setSecurityContextRepository(users);
        filter.setAuthenticationSuccessHandler((call, user) -> succeed(call, user, next));
        filter.setAuthenticationFailureHandler((call, failure) -> {
            if (failure instanceof RefusedSignInException refused) {
                call.getExchange()
                        .getAttributes()
                        .put(SignInRefusedException.class.getName(), refused.refusal());
            }
            return call.getChain().filter(call.getExchange());
        });
        return filter;
    }

    private static Mono<Void> succeed(
            WebFilterExchange call,
            Authentication user,
            Function<ServerWebExchange, Mono<String>> next) {
        var exchange = call.getExchange();
        if (user instanceof UserAuthentication known && known.device() != null) {
            exchange.getResponse()
                    .addCookie(
                            ConsoleCookies.of(
                                    exchange, DEVICE, known.device(), DEVICE_LIFETIME.toSeconds()));
        }
        return next.apply(exchange).flatMap(page -> ConsolePaths.redirect(exchange, page));
    }

    /** Returns the fields of a form; those of anything else are none. */
    private static Mono<MultiValueMap<String, String>> form(ServerWebExchange exchange) {
        return exchange.getFormData();
    }

    private static String text(MultiValueMap<String, String> form, String field) {
        var text = form.getFirst(field);
        return text == null ? "" : text;
    }

    /**
     * Returns the address of the caller, which a proxy may have given; null if it is no address.
     */
    static @Nullable InetAddress address(ServerWebExchange exchange) {
        var remote = exchange.getRequest().getRemoteAddress();
        if (remote == null || remote.getAddress() != null) {
            return remote == null ? null : remote.getAddress();
        }
        try {
            // Of a header there is only the text. A name is never looked up.
            return InetAddress.ofLiteral(BRACKETS.matcher(remote.getHostString()).replaceAll(""));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    static @Nullable String device(ServerWebExchange exchange) {
        return ConsoleCookies.value(exchange, DEVICE);
    }
}
