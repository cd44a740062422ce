package org.dlora.security.web;

import java.util.List;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.KeyRing;
import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.web.AccessTable.Need;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.FormLoginSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HttpBasicSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.LogoutSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.RequestCacheSpec;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.firewall.ServerWebExchangeFirewall;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Spring Security for callers with keys, and for those whom the console has signed in. A call with
 * the header {@code Authorization} is authenticated by that alone, so no page of a stranger can use
 * a key. A call without it may have a session; its changes need a CSRF token. Needs a {@link
 * KeyRing} and {@link ConsoleSessions}.
 *
 * <p>The console's pages have a chain of their own before this one.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
@Import(ConsoleWebConfiguration.class)
public class SecurityWebConfiguration {

    /** Returns the chain for all paths. */
    @Bean
    @Order(1)
    SecurityWebFilterChain keyChain(
            ServerHttpSecurity http, KeyRing ring, ConsoleSessions sessions, SessionUsers users) {
        return http.csrf(csrf ->
                        csrf.csrfTokenRepository(new CsrfTokens(users))
                                .requireCsrfProtectionMatcher(call -> changesBySession(call, users))
                                .accessDeniedHandler((_, _) ->
                                        Mono.error(
                                                AccessRefusedException.forbidden(
                                                        "A change in a session of the console needs its token, in the header %s."
                                                                .formatted(CsrfTokens.HEADER)))))
                .httpBasic(HttpBasicSpec::disable)
                .formLogin(FormLoginSpec::disable)
                .logout(LogoutSpec::disable)
                .requestCache(RequestCacheSpec::disable)
                .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
                .addFilterAt(callers(ring, sessions, users), SecurityWebFiltersOrder.AUTHENTICATION)
                .authorizeExchange(calls ->
                        calls.anyExchange()
                                .access((caller, call) -> decide(caller, call.getExchange())))
                .build();
    }

    /** Paths are matched as handlers match them, so all spellings are as safe as one. */
    @Bean
    ServerWebExchangeFirewall pathsAsTheyAre() {
        return ServerWebExchangeFirewall.INSECURE_NOOP;
    }

    /** Observations of each filter would cost more than the check of the key. */
    @Bean
    SecurityObservationSettings noObservations() {
        return SecurityObservationSettings.noObservations();
    }

    private static Mono<MatchResult> changesBySession(
            ServerWebExchange exchange, SessionUsers users) {
        return CsrfWebFilter.DEFAULT_CSRF_MATCHER
                .matches(exchange)
                .filter(found -> found.isMatch() && authorization(exchange).isEmpty())
                .flatMap(_ -> users.find(exchange))
                .flatMap(_ -> MatchResult.match())
                .switchIfEmpty(MatchResult.notMatch());
    }

    private static List<String> authorization(ServerWebExchange exchange) {
        return exchange.getRequest()
                .getHeaders()
                .getOrDefault(HttpHeaders.AUTHORIZATION, List.of());
    }

    private static AuthenticationWebFilter callers(
            KeyRing ring, ConsoleSessions sessions, SessionUsers users) {
        ReactiveAuthenticationManager manager =
                call -> authenticate(ring, sessions, (KeyAuthentication) call);
        var filter = new AuthenticationWebFilter(manager);
        filter.setRequiresAuthenticationMatcher(exchange ->
                AccessTable.rule(exchange).need() instanceof Need.Nothing
                        ? MatchResult.notMatch()
                        : MatchResult.match());
        filter.setServerAuthenticationConverter(exchange -> {
            var headers = authorization(exchange);
            var byKey = Mono.<Authentication>just(KeyAuthentication.of(headers));
            return headers.isEmpty()
                    ? users.find(exchange)
                            .<Authentication>map(KeyAuthentication::of)
                            .switchIfEmpty(byKey)
                    : byKey;
        });
        filter.setSecurityContextRepository(NoOpServerSecurityContextRepository.getInstance());
        filter.setAuthenticationSuccessHandler(SecurityWebConfiguration::goOn);
        filter.setAuthenticationFailureHandler((_, failure) ->
                Mono.error(
                        failure instanceof RefusedKeyException refused
                                ? refused.refusal()
                                : failure));
        return filter;
    }

    private static Mono<Authentication> authenticate(
            KeyRing ring, ConsoleSessions sessions, KeyAuthentication call) {
        try {
            return Mono.just(
                    call.with(
                            call.user()
                                    .map(sessions::access)
                                    .orElseGet(() -> ring.authenticate(call.headers()))));
        } catch (AccessRefusedException e) {
            return Mono.error(new RefusedKeyException(e));
        }
    }

    /** Handlers find what the call may do in an attribute, and in Reactor's context. */
    private static Mono<Void> goOn(WebFilterExchange call, Authentication caller) {
        var access = ((KeyAuthentication) caller).access();
        call.getExchange().getAttributes().put(Access.NAME, access);
        return call.getChain()
                .filter(call.getExchange())
                .contextWrite(Context.of(Access.NAME, access));
    }

    private static Mono<AuthorizationResult> decide(
            Mono<Authentication> caller, ServerWebExchange exchange) {
        var rule = AccessTable.rule(exchange);
        return rule.need() instanceof Need.Nothing
                ? Mono.just(new AuthorizationDecision(true))
                : caller.map(known -> decide((KeyAuthentication) known, rule, exchange));
    }

    private static AuthorizationResult decide(
            KeyAuthentication caller, AccessTable.Rule rule, ServerWebExchange exchange) {
        if (caller.user().isPresent()) {
            return RoleCheck.check(caller.user().get(), rule, exchange);
        }
        switch (rule.need()) {
            case Need.Nothing _, Need.AnyKey _ -> {}
            case Need.SignIn _ -> throw AccessRefusedException.signInNeeded();
            case Need.OneOf(var scopes) -> caller.access().require(scopes);
        }
        return new AuthorizationDecision(true);
    }
}
