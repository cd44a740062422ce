package org.dlora.security.web;

import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import org.springframework.security.web.server.WebFilterExchange;
import reactor.core.publisher.Mono;

/** Identity providers of Spring's settings {@code spring.security.oauth2.client}. */
public final class IdentityProviders {
    private static final Logger log = LoggerFactory.getLogger(IdentityProviders.class);

    private final @Nullable ReactiveClientRegistrationRepository registrations;
    private final RoleClaim claim;
    private final Clock clock;

    /**
     * @param registrations null if the settings name none
     */
    IdentityProviders(
            @Nullable ReactiveClientRegistrationRepository registrations,
            RoleClaim claim,
            Clock clock) {
        this.registrations = registrations;
        this.claim = claim;
        this.clock = clock;
    }

    /** Returns the paths that begin a sign-in, by the providers' names. */
    public Map<String, String> all() {
        var paths = new TreeMap<String, String>();
        if (registrations instanceof Iterable<?> known) {
            for (var one : known) {
                if (one instanceof ClientRegistration provider) {
                    paths.put(
                            provider.getClientName(),
                            "/oauth2/authorization/" + provider.getRegistrationId());
                }
            }
        }
        return paths;
    }

    /** Configures sign-ins at the providers, if there are any. */
    void configure(ServerHttpSecurity http, SessionUsers users, SignIns signIns) {
        if (registrations != null) {
            http.oauth2Login(login ->
                    login.clientRegistrationRepository(registrations)
                            .authorizedClientRepository(new NoAuthorizedClients())
                            .authorizationRequestRepository(new PendingSignIns(clock))
                            .securityContextRepository(new ProviderUsers(users, signIns, claim))
                            .authenticationSuccessHandler((call, _) ->
                                    ConsolePaths.redirect(call.getExchange(), ConsolePaths.HOME))
                            .authenticationFailureHandler(IdentityProviders::refuse));
        }
    }

    private static Mono<Void> refuse(WebFilterExchange call, AuthenticationException failure) {
        boolean hasNoRole =
                failure instanceof RefusedSignInException refused
                        && refused.refusal().kind() == SignInRefusedException.Kind.ROLE;
        if (hasNoRole) {
            log.warn("A sign-in by the identity provider was refused: the claim gives no role");
        } else {
            log.warn(
                    "A sign-in by the identity provider failed: {}",
                    String.valueOf(failure.getMessage()).replaceAll("\\p{Cntrl}", " "));
        }
        return ConsolePaths.redirect(
                call.getExchange(),
                ConsolePaths.LOGIN + (hasNoRole ? "?notice=no-role" : "?notice=provider"));
    }
}
