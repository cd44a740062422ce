package org.dlora.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HomeLocationTest {

    @Test
    void settingWins() {
        assertThat(home("/data/dlora", Map.of("XDG_DATA_HOME", "/xdg")))
                .isEqualTo(Path.of("/data/dlora"));
    }

    @Test
    void lacksSettingThenTheUsersFolderForData() {
        assertThat(home("", Map.of("XDG_DATA_HOME", "/xdg"))).isEqualTo(Path.of("/xdg/dlora"));
        assertThat(home("", Map.of())).isEqualTo(Path.of("/home/me/.local/share/dlora"));
    }

    @Test
    void relativeFolderForDataCountsAsNone() {
        assertThat(home(" ", Map.of("XDG_DATA_HOME", "data")))
                .isEqualTo(Path.of("/home/me/.local/share/dlora"));
    }

    private static Path home(String setting, Map<String, String> environment) {
        return HomeLocation.of(setting, environment::get, "/home/me");
    }
}
