package org.dlora.engine.opening;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UserHomeTest {
    private static String folder(Map<String, String> environment) {
        return UserHome.folder(environment::get, "/home/account");
    }

    @Test
    void variableComesBeforeTheAccount() {
        assertThat(folder(Map.of("HOME", "/data"))).isEqualTo("/data");
    }

    @Test
    void accountCountsWhereTheVariableNamesNoFolder() {
        assertThat(folder(Map.of())).isEqualTo("/home/account");
        assertThat(folder(Map.of("HOME", ""))).isEqualTo("/home/account");
        assertThat(folder(Map.of("HOME", "data"))).isEqualTo("/home/account");
    }
}
