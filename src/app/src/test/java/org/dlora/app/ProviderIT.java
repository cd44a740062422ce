package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Sign-ins at an identity provider, with roles of a claim. */
@ExtendWith(OutputCaptureExtension.class)
class ProviderIT {
    private static final Path DEMO = TestFiles.demo();
    private static final String BEGIN = "/oauth2/authorization/local";

    private static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("none");
    }

    /** Goes to the provider and back; returns the path and query that the provider leads to. */
    private static String atProvider(Browser browser) throws Exception {
        var there = location(browser.get(BEGIN));
        try (var http = HttpClient.newHttpClient()) {
            var back =
                    http.send(
                            HttpRequest.newBuilder(URI.create(there)).build(),
                            BodyHandlers.discarding());
            var uri = URI.create(location(back));
            return uri.getPath() + "?" + uri.getRawQuery();
        }
    }

    private static RunningServer start(List<String> settings) {
        var roles =
                Stream.of(
                        RunningServer.JAVA_ALONE,
                        "--dlora.console.oidc.role-claim=groups",
                        "--dlora.console.oidc.roles[0].value=sre",
                        "--dlora.console.oidc.roles[0].role=operator",
                        "--dlora.console.oidc.roles[1].value=all",
                        "--dlora.console.oidc.roles[1].role=viewer");
        return RunningServer.start(
                DEMO.resolve("model"),
                DEMO.resolve("adapters"),
                Stream.concat(roles, settings.stream()).toArray(String[]::new));
    }

    @Test
    void theIssuerSaysWhereItsEndpointsAre() throws Exception {
        try (var provider = new FakeProvider();
                var server = start(provider.settingsByIssuer());
                var browser = new Browser(server.url())) {
            assertThat(browser.get("/console/login").body()).contains("href=\"" + BEGIN + "\"");
            provider.groups = List.of("all");
            assertThat(location(browser.get(atProvider(browser)))).isEqualTo("/console");
            assertThat(browser.call("GET", "/v1/me", null, null).body()).contains("oidc:local/ann");
            assertThat(browser.call("GET", "/admin/scheduling", null, null).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theClaimGivesTheRole(CapturedOutput output) throws Exception {
        try (var provider = new FakeProvider();
                var server = start(provider.settings());
                var browser = new Browser(server.url());
                var thief = new Browser(server.url())) {
            assertThat(browser.get("/console/login").body())
                    .contains("The company", "href=\"" + BEGIN + "\"");

            provider.groups = List.of("others");
            assertThat(location(browser.get(atProvider(browser))))
                    .isEqualTo("/console/login?notice=no-role");
            assertThat(location(browser.get("/console"))).isEqualTo("/console/login");

            provider.user = "ann\nlee";
            provider.groups = List.of("all", "sre", "others");
            var back = atProvider(browser);
            assertThat(location(thief.get(back)))
                    .as("a code that another browser asked for")
                    .isEqualTo("/console/login?notice=provider");
            browser.cookies.put("dlora-session", "planted");
            var signedIn = browser.get(back);
            assertThat(location(signedIn)).as(signedIn.body()).isEqualTo("/console");
            assertThat(browser.cookies.get("dlora-session")).isNotEqualTo("planted");
            assertThat(browser.call("GET", "/v1/me", null, null).body())
                    .contains("oidc:local/ann?lee");
            assertThat(browser.get("/console").body())
                    .contains("ann?lee", "operator")
                    .doesNotContain("Change your password");
            assertThat(browser.call("GET", "/admin/scheduling", null, null).statusCode())
                    .isEqualTo(200);
            assertThat(browser.call("GET", "/admin/users", null, null).statusCode()).isEqualTo(403);
            assertThat(location(browser.get(back)))
                    .as("once only")
                    .isEqualTo("/console/login?notice=provider");
            assertThat(output)
                    .contains("identity provider local: ann?lee")
                    .doesNotContain("secret-token", "authorization_request_not_found");
        }
    }
}
