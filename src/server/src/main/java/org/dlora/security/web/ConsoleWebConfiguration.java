package org.dlora.security.web;

import java.time.Clock;
import java.time.Duration;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.users.ConsoleSessions;
import org.dlora.security.users.SignIns;
import org.dlora.security.web.AccessTable.Need;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.FormLoginSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.HttpBasicSpec;
import org.springframework.security.config.web.server.ServerHttpSecurity.RequestCacheSpec;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.server.session.CookieWebSessionIdResolver;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.InMemoryWebSessionStore;
import org.springframework.web.server.session.WebSessionManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Spring Security for the console's pages: sign-ins, sessions in memory, CSRF tokens and a strict
 * Content-Security-Policy. Needs {@link SignIns}, {@link ConsoleSessions} and {@link
 * IdentityProviders}.
 */
@Configuration(proxyBeanMethods = false)
public class ConsoleWebConfiguration {
    private static final String POLICY =
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
                    + " connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
                    + " base-uri 'none'";

    /** Time between two looks at whether sessions with streams are still used. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final String[] PATHS = {
        "/console/**", "/oauth2/authorization/**", "/login/oauth2/code/**"
    };

    /**
     * Settings of the sessions.
     *
     * @param timeout after which a session ends that is not used
     */
    public record SessionSettings(Duration timeout) {}

    /** Returns the sessions, which are in memory and have ids of 122 random bits. */
    @Bean
    InMemoryWebSessionStore sessionStore(SessionSettings settings, Clock clock) {
        var store = new InMemoryWebSessionStore();
        store.setClock(clock);
        store.setDefaultMaxIdleTime(settings.timeout());
        // They are bounded by user: a bound for all would let one user end those of others.
        store.setMaxSessions(Integer.MAX_VALUE);
        return store;
    }

    @Bean(WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
    WebSessionManager webSessionManager(InMemoryWebSessionStore store) {
        var cookie = new CookieWebSessionIdResolver();
        cookie.setCookieName(SessionUsers.COOKIE);
        // Strict would be lost on the way back from an identity provider. Changes need a token.
        cookie.addCookieInitializer(one -> one.path("/").httpOnly(true).sameSite("Lax"));
        var manager = new DefaultWebSessionManager();
        manager.setSessionStore(store);
        manager.setSessionIdResolver(cookie);
        return manager;
    }

    @Bean
    SessionUsers sessionUsers(ConsoleSessions sessions, InMemoryWebSessionStore store) {
        return new SessionUsers(sessions, store, looks());
    }

    // Each stream has its own clock: Flux.share() may answer the first to come with an error where
    // the last one goes at that moment.
    static Flux<?> looks() {
        return Flux.interval(LOOK).onBackpressureDrop();
    }

    /** Returns the chain for the console, which comes before that for keys. */
    @Bean
    @Order(0)
    SecurityWebFilterChain consoleChain(
            ServerHttpSecurity http,
            SignIns signIns,
            SessionUsers users,
            IdentityProviders providers) {
        var filters = new SignInFilters(signIns, users);
        providers.configure(http, users, signIns);
        return http.securityMatcher(ServerWebExchangeMatchers.pathMatchers(PATHS))
                .csrf(csrf ->
                        csrf.csrfTokenRepository(new CsrfTokens(users))
                                .requireCsrfProtectionMatcher(UploadToken::isCheckedBefore)
                                .accessDeniedHandler((_, _) -> Mono.error(UploadToken.refusal())))
                .headers(headers ->
                        headers.contentSecurityPolicy(one -> one.policyDirectives(POLICY)))
                .httpBasic(HttpBasicSpec::disable)
                .formLogin(FormLoginSpec::disable)
                .requestCache(RequestCacheSpec::disable)
                .logout(logout ->
                        logout.requiresLogout(
                                        ServerWebExchangeMatchers.pathMatchers(
                                                HttpMethod.POST, ConsolePaths.LOGOUT))
                                .logoutHandler((call, user) -> {
                                    if (user instanceof UserAuthentication known) {
                                        signIns.signOut(
                                                known.user(),
                                                SignInFilters.address(call.getExchange()));
                                    }
                                    return users.save(call.getExchange(), null);
                                })
                                .logoutSuccessHandler((call, _) ->
                                        ConsolePaths.redirect(
                                                call.getExchange(),
                                                ConsolePaths.LOGIN + "?notice=out")))
                .securityContextRepository(users)
                .addFilterAt(filters.byPassword(), SecurityWebFiltersOrder.FORM_LOGIN)
                .addFilterAt(filters.byLink(), SecurityWebFiltersOrder.FORM_LOGIN)
                .exceptionHandling(handling ->
                        handling.authenticationEntryPoint((exchange, _) -> signIn(exchange))
                                .accessDeniedHandler((exchange, _) -> signIn(exchange)))
                .addFilterAfter(
                        ConsoleWebConfiguration::tellAccess, SecurityWebFiltersOrder.AUTHORIZATION)
                .authorizeExchange(calls ->
                        calls.anyExchange()
                                .access((caller, call) -> decide(caller, call.getExchange())))
                .build();
    }

    /** Pages find what their user may do in Reactor's context too, as endpoints do. */
    private static Mono<Void> tellAccess(ServerWebExchange exchange, WebFilterChain chain) {
        Access access = exchange.getAttribute(Access.NAME);
        var page = chain.filter(exchange);
        return access == null ? page : page.contextWrite(Context.of(Access.NAME, access));
    }

    private static Mono<AuthorizationResult> decide(
            Mono<Authentication> caller, ServerWebExchange exchange) {
        var rule = AccessTable.rule(exchange);
        if (rule.need() instanceof Need.Nothing) {
            return Mono.just(new AuthorizationDecision(true));
        }
        // A call with a key is none of a session.
        if (exchange.getRequest().getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)) {
            return Mono.just(new AuthorizationDecision(false));
        }
        return caller.ofType(UserAuthentication.class)
                .map(user -> RoleCheck.check(user.user(), rule, exchange));
    }

    private static Mono<Void> signIn(ServerWebExchange exchange) {
        return ConsolePaths.wantsPage(exchange)
                ? ConsolePaths.redirect(exchange, ConsolePaths.login(exchange))
                : Mono.error(AccessRefusedException.signInNeeded());
    }
}
