package org.dlora.engine.opening;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheLocationTest {
    private static final Map<String, String> NONE = Map.of();

    @Test
    void autoIsTheUsersCacheFolder() {
        assertThat(CacheLocation.of("auto", NONE::get, "/home/u"))
                .contains(Path.of("/home/u/.cache/dlora/weights"));
        assertThat(CacheLocation.of("auto", Map.of("XDG_CACHE_HOME", "/c")::get, "/home/u"))
                .contains(Path.of("/c/dlora/weights"));
    }

    @Test
    void relativeXdgFolderIsIgnored() {
        assertThat(CacheLocation.of("auto", Map.of("XDG_CACHE_HOME", "c")::get, "/home/u"))
                .contains(Path.of("/home/u/.cache/dlora/weights"));
    }

    @Test
    void settingCanBeAFolderOrOff() {
        assertThat(CacheLocation.of("/fast/disk", NONE::get, "/home/u"))
                .contains(Path.of("/fast/disk"));
        assertThat(CacheLocation.of("off", NONE::get, "/home/u")).isEmpty();
        assertThat(CacheLocation.of("false", NONE::get, "/home/u")).isEmpty();
    }

    @Test
    void kernelsAreRememberedBesideTheDefaultFolderOfWeights() {
        assertThat(CacheLocation.kernels(NONE::get, "/home/u"))
                .isEqualTo(Path.of("/home/u/.cache/dlora/kernels"));
        assertThat(CacheLocation.kernels(Map.of("XDG_CACHE_HOME", "/c")::get, "/home/u"))
                .isEqualTo(Path.of("/c/dlora/kernels"));
    }
}
