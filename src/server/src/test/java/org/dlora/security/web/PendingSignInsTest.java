package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.security.users.AdjustableClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;

/** Sign-ins that wait for an identity provider, in cookies. */
class PendingSignInsTest {
    private static final ClientRegistration COMPANY =
            ClientRegistration.withRegistrationId("company")
                    .clientId("dlora")
                    .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                    .authorizationUri("https://login.example.com/authorize")
                    .tokenUri("https://login.example.com/token")
                    .redirectUri("{baseUrl}/login/oauth2/code/{registrationId}")
                    .scope("openid", "profile")
                    .build();

    private final AdjustableClock clock =
            new AdjustableClock(Instant.parse("2026-01-02T03:04:05Z"));
    private final PendingSignIns pending = new PendingSignIns(List.of(COMPANY), clock);

    private static OAuth2AuthorizationRequest request(String state) {
        return OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri("https://login.example.com/authorize")
                .clientId("dlora")
                .redirectUri("https://host/login/oauth2/code/company?a=b&c=d+e%20f")
                .scope("openid", "profile")
                .state(state)
                .attributes(
                        Map.of(
                                OAuth2ParameterNames.REGISTRATION_ID,
                                "company",
                                "nonce",
                                "n&=+ %",
                                "code_verifier",
                                "verifier"))
                .build();
    }

    private ResponseCookie begin(String state) {
        var exchange =
                MockServerWebExchange.from(
                        MockServerHttpRequest.get("https://host/oauth2/authorization/company"));
        var _ = pending.saveAuthorizationRequest(request(state), exchange).block();
        return Optional.ofNullable(exchange.getResponse().getCookies().getFirst("dlora-provider"))
                .orElseThrow();
    }

    private MockServerWebExchange back(@Nullable String cookie, String state) {
        var request = MockServerHttpRequest.get("https://host/login/oauth2/code/company");
        request.queryParam("state", state);
        if (cookie != null) {
            request.cookie(new HttpCookie("dlora-provider", cookie));
        }
        return MockServerWebExchange.from(request);
    }

    private Optional<OAuth2AuthorizationRequest> find(@Nullable String cookie, String state) {
        return pending.removeAuthorizationRequest(back(cookie, state)).blockOptional();
    }

    @Test
    void theCookieHasTheSignIn() {
        var cookie = begin("state=");
        assertThat(cookie.toString())
                .contains("Path=/login/oauth2/code", "HttpOnly", "Secure", "SameSite=Lax")
                .contains("Max-Age=600")
                .doesNotContain("verifier");
        var found = find(cookie.getValue(), "state=").orElseThrow();
        var begun = request("state=");
        assertThat(found.getAttributes()).isEqualTo(begun.getAttributes());
        assertThat(found.getState()).isEqualTo(begun.getState());
        assertThat(found.getRedirectUri()).isEqualTo(begun.getRedirectUri());
        assertThat(found.getScopes()).isEqualTo(begun.getScopes());
        assertThat(found.getClientId()).isEqualTo(begun.getClientId());
        assertThat(cookie.getValue().length()).as("browsers keep 4096").isLessThan(2000);
    }

    @Test
    void strangersTakeNoSignInsOfOthers() {
        var cookie = begin("mine").getValue();
        for (int i = 0; i < 5000; i++) {
            var _ = begin("strangers" + i);
        }
        assertThat(find(cookie, "mine")).isPresent();
    }

    @Test
    void theEndOfASignInRemovesItsCookie() {
        var exchange = back(begin("one").getValue(), "one");
        assertThat(pending.loadAuthorizationRequest(exchange).blockOptional()).isPresent();
        assertThat(exchange.getResponse().getCookies()).isEmpty();
        assertThat(pending.removeAuthorizationRequest(exchange).blockOptional()).isPresent();
        assertThat(exchange.getResponse().getCookies().getFirst("dlora-provider"))
                .isNotNull()
                .satisfies(cookie -> assertThat(cookie.getMaxAge()).isEqualTo(Duration.ZERO));
    }

    @Test
    void anotherStateTimeOrServerEndsASignIn() {
        var cookie = begin("one").getValue();
        assertThat(find(cookie, "two")).isEmpty();
        assertThat(find(null, "one")).isEmpty();
        var changed = (cookie.charAt(40) == 'A' ? "B" : "A");
        assertThat(find(cookie.substring(0, 40) + changed + cookie.substring(41), "one")).isEmpty();
        for (var wrong : List.of("", "x", "no cookie!", "A".repeat(100), cookie + "A")) {
            assertThat(find(wrong, "one")).as(wrong).isEmpty();
        }
        var other = new PendingSignIns(List.of(COMPANY), clock);
        assertThat(other.loadAuthorizationRequest(back(cookie, "one")).blockOptional()).isEmpty();
        clock.pass(Duration.ofMinutes(10));
        assertThat(find(cookie, "one")).isPresent();
        clock.pass(Duration.ofMillis(1));
        assertThat(find(cookie, "one")).isEmpty();
    }
}
