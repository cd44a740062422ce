package org.dlora.console.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class RedactionTest {
    private static final Map<String, String> SECRETS = new LinkedHashMap<>();

    static {
        SECRETS.put("dlora.security.admin-key", "admin-key-0123456789abcdef");
        SECRETS.put("dlora.webhooks[0].secret", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=");
        SECRETS.put("dlora.webhooks[0].url", "https://hooks.example.com/T00/B00/PathSecret");
        SECRETS.put("spring.datasource.password", "database-pass");
        SECRETS.put("spring.datasource.hikari.password", "hikari-pass");
        SECRETS.put("spring.flyway.password", "flyway-pass");
        SECRETS.put(
                "spring.security.oauth2.client.registration.company.client-secret", "oidc-secret");
        SECRETS.put("server.ssl.key-store-password", "storepass-0123");
        SECRETS.put("server.ssl.key-password", "tls-key-pass");
        SECRETS.put("server.ssl.trust-store-password", "trustpass-0123");
        SECRETS.put("server.ssl.certificate-private-key", "-----BEGIN PRIVATE KEY-----MIIE");
        SECRETS.put("spring.ssl.bundle.pem.web.keystore.private-key", "-----BEGIN KEY-----MIIF");
        SECRETS.put("management.otlp.tracing.headers.x-tenant", "header-secret");
        SECRETS.put("management.opentelemetry.tracing.export.otlp.headers[a]", "other-header");
        SECRETS.put("HF_TOKEN", "hf_0123456789abcdefghij");
        SECRETS.put("AWS_SECRET_ACCESS_KEY", "aws/secret+0123");
        SECRETS.put("AWS_SESSION_TOKEN", "aws-session-0123");
        SECRETS.put("DLORA_SECURITY_ADMINKEY", "environment-key-0123456789");
        SECRETS.put("SPRING_DATASOURCE_PASSWORD", "environment-pass");
    }

    private static StandardEnvironment environment() {
        var environment = new StandardEnvironment();
        var all = new LinkedHashMap<String, Object>(SECRETS);
        all.put("dlora.max-batch-tokens", "512");
        all.put("dlora.security.secret-file", "/run/secrets/keys");
        all.put("spring.datasource.url", "jdbc:postgresql://u:url-pass@db/x?password=query-pass");
        all.put("dlora.policy", "dlora");
        environment.getPropertySources().addFirst(new MapPropertySource("test", all));
        return environment;
    }

    @Test
    void noSecretSettingIsShownAndNoOtherIsHidden() {
        var environment = environment();
        var text = new SettingsReport(environment, new Redaction(environment)).text();
        assertThat(text)
                .doesNotContain(SECRETS.values())
                .doesNotContain("url-pass", "query-pass")
                .contains("dlora.max-batch-tokens = 512")
                .contains("dlora.security.secret-file = /run/secrets/keys")
                .contains("dlora.policy = dlora (")
                .contains("dlora.security.admin-key = ******");
    }

    @Test
    void valuesOfSecretSettingsAreHiddenWhereverTheyStand() {
        var redaction = new Redaction(environment());
        for (var secret : SECRETS.values()) {
            assertThat(redaction.hide("It failed with '" + secret + "' at once"))
                    .doesNotContain(secret)
                    .startsWith("It failed with '")
                    .endsWith("' at once");
        }
    }

    @Test
    void secretsThatAreNoSettingsAreKnownByTheirShape() {
        var redaction = new Redaction(new StandardEnvironment());
        var key = "dlora_3f9a1c2b4d5e_" + "0123456789abcdef".repeat(3);
        assertThat(redaction.hide("key " + key + " used"))
                .isEqualTo("key dlora_3f9a1c2b4d5e_****** used");
        assertThat(redaction.hide("http://h/console/link?token=abcDEF_123-45"))
                .isEqualTo("http://h/console/link?token=******");
        assertThat(redaction.hide("Authorization: Bearer abc.def-123"))
                .doesNotContain("abc.def-123");
        assertThat(redaction.hide("{\"password\": \"correct horse\"}")).doesNotContain("correct");
        assertThat(redaction.hide("Cookie: SESSION=1234; a=b")).doesNotContain("1234");
        assertThat(redaction.hide("https://ann:pw@host/x")).isEqualTo("https://******@host/x");
        assertThat(redaction.hide("s3://b?X-Amz-Signature=0a1b2c")).doesNotContain("0a1b2c");
        assertThat(redaction.hide("binding (1:VARCHAR) <- [$argon2id$v=19$m=19456$c2FsdA$aGFzaA]"))
                .isEqualTo("binding (1:VARCHAR) <- [$argon2id$******]");
        assertThat(redaction.hide("2 tokens of 3, key dlora_3f9a1c2b4d5e, 12:30:00"))
                .isEqualTo("2 tokens of 3, key dlora_3f9a1c2b4d5e, 12:30:00");
    }
}
