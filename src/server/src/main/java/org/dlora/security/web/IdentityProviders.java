package org.dlora.security.web;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientProperties;
import org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientPropertiesMapper;
import org.springframework.core.env.Environment;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.InMemoryReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.server.WebFilterExchange;
import reactor.core.publisher.Mono;

/** Identity providers of Spring's settings {@code spring.security.oauth2.client}. */
public final class IdentityProviders {
    private static final Logger log = LoggerFactory.getLogger(IdentityProviders.class);

    private final List<ClientRegistration> registrations;
    private final RoleClaim claim;
    private final Clock clock;

    private IdentityProviders(
            List<ClientRegistration> registrations, RoleClaim claim, Clock clock) {
        this.registrations = registrations;
        this.claim = claim;
        this.clock = clock;
    }

    /**
     * Returns the providers of the settings, read as Spring Boot reads them. A provider that is
     * named by its issuer is asked for its configuration.
     *
     * @throws RuntimeException if a setting is wrong, or a provider does not answer
     */
    public static IdentityProviders of(Environment environment, RoleClaim claim, Clock clock) {
        var settings =
                Binder.get(environment)
                        .bind("spring.security.oauth2.client", OAuth2ClientProperties.class)
                        .orElseGet(OAuth2ClientProperties::new);
        settings.validate();
        return new IdentityProviders(
                settings.getRegistration().isEmpty()
                        ? List.of()
                        : List.copyOf(
                                new OAuth2ClientPropertiesMapper(settings)
                                        .asClientRegistrations()
                                        .values()),
                claim,
                clock);
    }

    /** Returns the paths that begin a sign-in, by the providers' names. */
    public Map<String, String> all() {
        var paths = new TreeMap<String, String>();
        for (var one : registrations) {
            paths.put(one.getClientName(), "/oauth2/authorization/" + one.getRegistrationId());
        }
        return paths;
    }

    /** Configures sign-ins at the providers, if there are any. */
    void configure(ServerHttpSecurity http, SessionUsers users, SignIns signIns) {
        if (!registrations.isEmpty()) {
            var known = new InMemoryReactiveClientRegistrationRepository(registrations);
            http.oauth2Login(login ->
                    login.clientRegistrationRepository(known)
                            .authorizedClientRepository(new NoAuthorizedClients())
                            .authorizationRequestRepository(
                                    new PendingSignIns(registrations, clock))
                            .securityContextRepository(new ProviderUsers(users, signIns, claim))
                            .authenticationSuccessHandler((call, _) ->
                                    ConsolePaths.redirect(call.getExchange(), ConsolePaths.HOME))
                            .authenticationFailureHandler(IdentityProviders::refuse));
        }
    }

    /** Returns whether there is no sign-in that the call could end: strangers can repeat it. */
    private static boolean isUnasked(AuthenticationException failure) {
        return failure instanceof OAuth2AuthenticationException known
                && "authorization_request_not_found".equals(known.getError().getErrorCode());
    }

    private static Mono<Void> refuse(WebFilterExchange call, AuthenticationException failure) {
        boolean hasNoRole =
                failure instanceof RefusedSignInException refused
                        && refused.refusal().kind() == SignInRefusedException.Kind.ROLE;
        if (hasNoRole) {
            log.debug("A user of the identity provider has no role here");
        } else if (isUnasked(failure)) {
            log.debug("A call came back from an identity provider that no sign-in has begun");
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
