package org.dlora.security.web;

import java.util.List;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.KeyRing;
import org.dlora.security.web.AccessTable.Need;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CsrfSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.FormLoginSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HttpBasicSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.LogoutSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.RequestCacheSpec;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.firewall.ServerWebExchangeFirewall;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Spring Security for callers with keys. Each call is authenticated by its header alone: no
 * session, no cookie, so no page of a stranger can use a key. Needs a {@link KeyRing}.
 *
 * <p>The console will have a chain of its own before this one, with logins and CSRF tokens.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebFluxSecurity
public class SecurityWebConfiguration {

    /** Returns the chain for all paths. */
    @Bean
    SecurityWebFilterChain keyChain(ServerHttpSecurity http, KeyRing ring) {
        return http.csrf(CsrfSpec::disable)
                .httpBasic(HttpBasicSpec::disable)
                .formLogin(FormLoginSpec::disable)
                .logout(LogoutSpec::disable)
                .requestCache(RequestCacheSpec::disable)
                .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
                .addFilterAt(keys(ring), SecurityWebFiltersOrder.AUTHENTICATION)
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

    private static AuthenticationWebFilter keys(KeyRing ring) {
        ReactiveAuthenticationManager manager = call -> authenticate(ring, call);
        var filter = new AuthenticationWebFilter(manager);
        filter.setRequiresAuthenticationMatcher(exchange ->
                need(exchange) instanceof Need.Nothing
                        ? MatchResult.notMatch()
                        : MatchResult.match());
        filter.setServerAuthenticationConverter(exchange ->
                Mono.just(
                        KeyAuthentication.of(
                                exchange.getRequest()
                                        .getHeaders()
                                        .getOrDefault(HttpHeaders.AUTHORIZATION, List.of()))));
        filter.setSecurityContextRepository(NoOpServerSecurityContextRepository.getInstance());
        filter.setAuthenticationSuccessHandler(SecurityWebConfiguration::goOn);
        filter.setAuthenticationFailureHandler((_, failure) ->
                Mono.error(
                        failure instanceof RefusedKeyException refused
                                ? refused.refusal()
                                : failure));
        return filter;
    }

    private static Mono<Authentication> authenticate(KeyRing ring, Authentication call) {
        try {
            var headers = ((KeyAuthentication) call).headers();
            return Mono.just(KeyAuthentication.of(ring.authenticate(headers)));
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
        return switch (need(exchange)) {
            case Need.Nothing _ -> Mono.just(new AuthorizationDecision(true));
            case Need.AnyKey _ -> caller.map(_ -> new AuthorizationDecision(true));
            case Need.OneOf(var scopes) ->
                    caller.map(known -> {
                        ((KeyAuthentication) known).access().require(scopes);
                        return new AuthorizationDecision(true);
                    });
        };
    }

    private static Need need(ServerWebExchange exchange) {
        return AccessTable.need(exchange.getRequest().getPath().pathWithinApplication());
    }
}
