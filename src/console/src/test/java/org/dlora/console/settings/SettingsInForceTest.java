package org.dlora.console.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.dlora.console.settings.SettingInForce.Origin;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class SettingsInForceTest {

    private static final class Bare extends StandardEnvironment {
        @Override
        protected void customizePropertySources(MutablePropertySources sources) {}
    }

    private static SettingInForce find(StandardEnvironment environment, String name) {
        return new SettingsInForce(environment)
                .all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void theFirstSourceThatHasASettingIsItsOrigin() {
        var environment = new Bare();
        environment
                .getPropertySources()
                .addLast(new SimpleCommandLinePropertySource("--dlora.max-batch=7"));
        environment
                .getPropertySources()
                .addLast(
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                Map.of("DLORA_MAXBATCH", "8", "DLORA_MAXQUEUE", "9")));
        assertThat(find(environment, "dlora.max-batch"))
                .returns("7", SettingInForce::value)
                .returns("64", SettingInForce::usual)
                .returns(Origin.ARGUMENT, SettingInForce::origin)
                .returns(false, SettingInForce::isLive);
        assertThat(find(environment, "dlora.max-queue"))
                .returns("9", SettingInForce::value)
                .returns(Origin.ENVIRONMENT, SettingInForce::origin)
                .returns("DLORA_MAXQUEUE", SettingInForce::place);
        assertThat(find(environment, "dlora.policy"))
                .returns("unmerged", SettingInForce::value)
                .returns(Origin.DEFAULT, SettingInForce::origin)
                .returns(true, SettingInForce::isLive);
    }

    @Test
    void listsAreOneSettingAndTheirSecretsAreHidden() {
        var environment = new Bare();
        environment
                .getPropertySources()
                .addLast(
                        new MapPropertySource(
                                "test",
                                Map.of(
                                        "dlora.adapters.roots[0]", "/a",
                                        "dlora.adapters.roots[1]", "/b",
                                        "dlora.webhooks[0].url",
                                                "https://u:p@hooks.example.com/token-in-it",
                                        "dlora.webhooks[0].secret", "whsec_abc",
                                        "dlora.security.admin-key", "very-secret-key-of-the-test",
                                        "dlora.security.secret-file", "/run/keys")));
        assertThat(find(environment, "dlora.adapters.roots").value()).isEqualTo("/a, /b");
        assertThat(find(environment, "dlora.webhooks").value())
                .contains("[0].url=https://hooks.example.com/…", "[0].secret=(set, not shown)");
        assertThat(find(environment, "dlora.security.admin-key").value())
                .isEqualTo("(set, not shown)");
        assertThat(find(environment, "dlora.security.secret-file").value()).isEqualTo("/run/keys");
    }
}
