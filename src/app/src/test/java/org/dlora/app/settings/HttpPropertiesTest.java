package org.dlora.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.engine.opening.StartException;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class HttpPropertiesTest {
    private static HttpProperties settings(int connections, DataSize bodies) {
        return settings(connections, bodies, List.of());
    }

    private static HttpProperties settings(int connections, DataSize bodies, List<String> origins) {
        return settings(connections, bodies, origins, List.of());
    }

    private static HttpProperties settings(
            int connections, DataSize bodies, List<String> origins, List<String> hosts) {
        var second = Duration.ofSeconds(1);
        return new HttpProperties(
                second,
                connections,
                bodies,
                second,
                second,
                second,
                second,
                origins,
                hosts,
                "",
                PoolsSettings.USUAL);
    }

    @Test
    void originsAreThoseThatBrowsersSend() {
        var none = DataSize.ofBytes(0);
        var origins = List.of("https://chat.example.com", "http://localhost:3000", "*");
        assertThat(settings(1, none, origins).allowedOrigins()).isEqualTo(origins);
        for (var wrong :
                List.of(
                        "chat.example.com",
                        "https://x.example/",
                        "https://a@x.example",
                        "null",
                        "")) {
            assertThatThrownBy(() -> settings(1, none, List.of(wrong)))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("expected an origin such as https://chat.example.com");
        }
    }

    @Test
    void hostsHaveNeitherSchemeNorPort() {
        var none = DataSize.ofBytes(0);
        var hosts = List.of("llm.example.com", "Box", "192.168.1.7", "[fe80::1]");
        assertThat(settings(1, none, List.of(), hosts).allowedHosts()).isEqualTo(hosts);
        for (var wrong : List.of("https://x.example", "x.example:80", "a@x.example", "*", "")) {
            assertThatThrownBy(() -> settings(1, none, List.of(), List.of(wrong)))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("expected a host such as llm.example.com");
        }
    }

    @Test
    void connectionsAreAsManyAsTheSettingOrTheProcessAllows() {
        var settings = settings(1000, DataSize.ofBytes(5));
        assertThat(settings.connections(Long.MAX_VALUE).most()).isEqualTo(1000);
        assertThat(settings.connections(1512).most()).isEqualTo(1000);
        assertThat(settings.connections(1511).most()).isEqualTo(999);
        assertThat(settings.connections(100).most()).isEqualTo(1);
        assertThat(settings.connections(100).bodies()).isEqualTo(5);
    }

    @Test
    void bodiesHaveAQuarterOfTheHeapUnlessTheSettingSaysOtherwise() {
        assertThat(settings(1, DataSize.ofBytes(0)).connections(1).bodies())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 4);
        assertThatThrownBy(() -> settings(1, DataSize.ofBytes(-1)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("expected a size such as 256MB");
    }
}
