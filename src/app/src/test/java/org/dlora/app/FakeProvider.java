package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A small OpenID provider, which signs everybody in as the user that a test names. */
final class FakeProvider implements AutoCloseable {
    private static final String CLIENT = "dlora";
    private static final String REGISTRATION =
            "--spring.security.oauth2.client.registration.local.";
    private static final String PROVIDER = "--spring.security.oauth2.client.provider.local.";

    private final HttpServer server;
    private final RSAKey key;
    private final Map<String, String> nonces = new ConcurrentHashMap<>();
    volatile String user = "ann";
    volatile List<String> groups = List.of();

    FakeProvider() throws IOException, JOSEException {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/authorize", this::authorize);
        server.createContext("/token", this::token);
        server.createContext(
                "/jwks", call -> answer(call, new JWKSet(key.toPublicJWK()).toString()));
        server.createContext(
                "/.well-known/openid-configuration", call -> answer(call, configuration()));
        server.start();
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Returns what a client has to know of it (OpenID Connect Discovery 1.0, section 3). */
    private String configuration() {
        return """
        {"issuer": "URL", "authorization_endpoint": "URL/authorize", "token_endpoint": "URL/token",
         "jwks_uri": "URL/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
         "id_token_signing_alg_values_supported": ["RS256"], "scopes_supported": ["openid", "profile"]}
        """
                .replace("URL", url());
    }

    /** Returns Spring's settings for this provider, with the addresses of its endpoints. */
    List<String> settings() {
        return List.of(
                REGISTRATION + "client-id=" + CLIENT,
                REGISTRATION + "client-secret=secret",
                REGISTRATION + "client-name=The company",
                REGISTRATION + "scope=openid",
                REGISTRATION + "authorization-grant-type=authorization_code",
                REGISTRATION + "redirect-uri={baseUrl}/login/oauth2/code/{registrationId}",
                PROVIDER + "authorization-uri=" + url() + "/authorize",
                PROVIDER + "token-uri=" + url() + "/token",
                PROVIDER + "jwk-set-uri=" + url() + "/jwks",
                PROVIDER + "user-name-attribute=preferred_username");
    }

    /** Returns the settings of {@code docs/security.md}, which name the provider by its issuer. */
    List<String> settingsByIssuer() {
        return List.of(
                REGISTRATION + "client-id=" + CLIENT,
                REGISTRATION + "client-secret=secret",
                REGISTRATION + "scope=openid,profile",
                PROVIDER + "issuer-uri=" + url(),
                PROVIDER + "user-name-attribute=preferred_username");
    }

    private void authorize(HttpExchange call) throws IOException {
        var query = fields(call.getRequestURI().getRawQuery());
        var code = UUID.randomUUID().toString();
        nonces.put(code, query.getOrDefault("nonce", ""));
        call.getResponseHeaders()
                .add(
                        "Location",
                        query.get("redirect_uri")
                                + "?code="
                                + code
                                + "&state="
                                + query.get("state"));
        call.sendResponseHeaders(302, -1);
        call.close();
    }

    private void token(HttpExchange call) throws IOException {
        var form = fields(new String(call.getRequestBody().readAllBytes(), UTF_8));
        var nonce = nonces.remove(form.getOrDefault("code", ""));
        if (nonce == null) {
            call.sendResponseHeaders(400, -1);
            call.close();
            return;
        }
        answer(
                call,
                """
                {"access_token": "secret-token", "token_type": "Bearer", "expires_in": 60, "id_token": "%s"}
                """
                        .formatted(idToken(nonce)));
    }

    private String idToken(String nonce) {
        var now = Instant.now();
        var claims =
                new JWTClaimsSet.Builder()
                        .issuer(url())
                        .subject("0001")
                        .audience(CLIENT)
                        .claim("nonce", nonce)
                        .claim("preferred_username", user)
                        .claim("groups", groups)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(60)))
                        .build();
        var token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                        claims);
        try {
            token.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    private static Map<String, String> fields(String form) {
        return Arrays.stream(form.split("&"))
                .map(field -> field.split("=", 2))
                .collect(
                        Collectors.toMap(
                                field -> field[0],
                                field -> URLDecoder.decode(field[1], UTF_8),
                                (first, _) -> first,
                                HashMap::new));
    }

    private static void answer(HttpExchange call, String body) throws IOException {
        var bytes = body.getBytes(UTF_8);
        call.getResponseHeaders().add("Content-Type", "application/json");
        call.sendResponseHeaders(200, bytes.length);
        call.getResponseBody().write(bytes);
        call.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
