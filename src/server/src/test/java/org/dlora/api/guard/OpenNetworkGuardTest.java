package org.dlora.api.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

/** On an open network the server does not know its names. */
@TestPropertySource(properties = "test.address=open")
class OpenNetworkGuardTest extends GuardedServer {

    @ParameterizedTest
    @ValueSource(strings = {"models.example", "10.0.0.7:8080", "localhost"})
    void anyHostMayBeChanged(String host) throws IOException {
        assertThat(changeAt(host)).isEqualTo(200);
        assertThat(changeFrom("https://console.example", host)).isEqualTo(200);
        assertThat(changes.made).containsExactly("POST", "PUT");
    }

    @Test
    void changesMustBeJsonOrHaveTheHeaderAllTheSame() throws IOException {
        assertThat(send("POST", "/admin/thing", "models.example", "")).isEqualTo(415);
        assertThat(send("POST", LOAD, "models.example", "Content-Type: text/plain\r\n"))
                .isEqualTo(415);
        assertThat(send("POST", LOAD, "models.example", JSON)).isEqualTo(503);
        assertThat(changes.made).isEmpty();
        assertThat(send("DELETE", "/admin/thing", "models.example", "X-DLoRA-Request: 1\r\n"))
                .isEqualTo(200);
        assertThat(changes.made).containsExactly("DELETE");
    }

    /** A stranger could make the first key, or an administrator of the console. */
    @ParameterizedTest
    @ValueSource(strings = {"/admin/keys", "/admin/teams/red", "/admin/users", "/admin/users/ann"})
    void keysTeamsAndUsersAreClosed(String path) throws IOException {
        assertThat(send("POST", path, "localhost", JSON)).isEqualTo(403);
        assertThat(send("GET", path, "localhost", "")).isEqualTo(403);
        assertThat(changes.made).isEmpty();
    }
}
