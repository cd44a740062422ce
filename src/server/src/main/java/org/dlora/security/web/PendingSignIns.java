package org.dlora.security.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.encrypt.AesGcmBytesEncryptor;
import org.springframework.security.crypto.encrypt.BytesEncryptor;
import org.springframework.security.crypto.keygen.KeyGenerators;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.server.ServerAuthorizationRequestRepository;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriComponentsBuilder;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;

/**
 * Sign-ins that have been sent to an identity provider. Each is in a cookie of its browser,
 * encrypted (AES-GCM) with a key of this process, so that strangers take no memory and none of
 * others. Thread-safe.
 */
final class PendingSignIns
        implements ServerAuthorizationRequestRepository<OAuth2AuthorizationRequest> {
    private static final String COOKIE = "dlora-provider";
    private static final Duration LIFETIME = Duration.ofMinutes(10);
    private static final int KEY_BYTES = 32;
    private static final String END = "end";
    private static final String STATE = "state";
    private static final String REDIRECT = "redirect";
    private static final String ATTRIBUTE = "a.";

    private final Map<String, ClientRegistration> registrations;
    private final InstantSource clock;
    private final BytesEncryptor encryptor =
            AesGcmBytesEncryptor.withSecretKey(
                            new SecretKeySpec(
                                    KeyGenerators.secureRandom(KEY_BYTES).generateKey(), "AES"))
                    .build();

    PendingSignIns(List<ClientRegistration> registrations, InstantSource clock) {
        this.registrations =
                registrations.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        ClientRegistration::getRegistrationId, one -> one));
        this.clock = clock;
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> loadAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> find(exchange));
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> removeAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> {
            var found = find(exchange);
            if (found != null) {
                setCookie(exchange, "", Duration.ZERO);
            }
            return found;
        });
    }

    private @Nullable OAuth2AuthorizationRequest find(ServerWebExchange exchange) {
        var cookie = ConsoleCookies.value(exchange, COOKIE);
        var fields = cookie == null ? Map.<String, String>of() : decrypt(cookie);
        var state = exchange.getRequest().getQueryParams().getFirst(STATE);
        if (state == null
                || !state.equals(fields.get(STATE))
                || clock.millis() > Long.parseLong(fields.getOrDefault(END, "0"))) {
            return null;
        }
        return request(fields);
    }

    private @Nullable OAuth2AuthorizationRequest request(Map<String, String> fields) {
        var registration =
                registrations.get(
                        fields.getOrDefault(ATTRIBUTE + OAuth2ParameterNames.REGISTRATION_ID, ""));
        if (registration == null) {
            return null;
        }
        var attributes = new HashMap<String, Object>();
        fields.forEach((name, value) -> {
            if (name.startsWith(ATTRIBUTE)) {
                attributes.put(name.substring(ATTRIBUTE.length()), value);
            }
        });
        return OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri(
                        String.valueOf(registration.getProviderDetails().getAuthorizationUri()))
                .clientId(registration.getClientId())
                .scopes(registration.getScopes())
                .redirectUri(fields.get(REDIRECT))
                .state(fields.get(STATE))
                .attributes(attributes)
                .build();
    }

    @Override
    public Mono<Void> saveAuthorizationRequest(
            OAuth2AuthorizationRequest request, ServerWebExchange exchange) {
        return Mono.fromRunnable(() -> {
            var fields = new HashMap<String, String>();
            Instant end = clock.instant().plus(LIFETIME);
            fields.put(END, String.valueOf(end.toEpochMilli()));
            fields.put(STATE, String.valueOf(request.getState()));
            fields.put(REDIRECT, String.valueOf(request.getRedirectUri()));
            request.getAttributes()
                    .forEach((name, value) -> {
                        if (value instanceof String text) {
                            fields.put(ATTRIBUTE + name, text);
                        }
                    });
            setCookie(exchange, encrypt(fields), LIFETIME);
        });
    }

    private String encrypt(Map<String, String> fields) {
        var line = UriComponentsBuilder.newInstance();
        fields.forEach((name, value) -> line.queryParam(name, UriUtils.encode(value, UTF_8)));
        var plain = String.valueOf(line.build(true).getQuery()).getBytes(UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(encryptor.encrypt(plain));
    }

    /** Returns the fields of a cookie; none of one that this process did not make. */
    private Map<String, String> decrypt(String cookie) {
        try {
            var plain = encryptor.decrypt(Base64.getUrlDecoder().decode(cookie));
            var query = UriComponentsBuilder.newInstance().query(new String(plain, UTF_8)).build();
            var fields = new HashMap<String, String>();
            query.getQueryParams()
                    .forEach((name, values) ->
                            fields.put(name, UriUtils.decode(values.getFirst(), UTF_8)));
            return fields;
        } catch (RuntimeException _) {
            return Map.of();
        }
    }

    private static void setCookie(ServerWebExchange exchange, String value, Duration lifetime) {
        // The way back is a navigation from the provider's site, which Strict would not be
        // sent with, and leads to a path outside of the console.
        exchange.getResponse()
                .addCookie(
                        ConsoleCookies.of(exchange, COOKIE, value, lifetime.toSeconds())
                                .mutate()
                                .sameSite("Lax")
                                .path("/login/oauth2/code")
                                .build());
    }
}
