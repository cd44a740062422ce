package org.dlora.catalogue.source.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.dlora.catalogue.source.fetch.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {
    @TempDir Path home;

    private HubSettings of(Map<String, String> environment) {
        return HubSettings.of(environment::get, home.toString());
    }

    @Test
    void hasTheDefaultsOfHuggingFace() throws IOException {
        assertThat(of(Map.of()).endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(of(Map.of()).token()).isEmpty();
        assertThat(of(Map.of()).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(of(Map.of()).isOffline()).isFalse();
        Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(home.resolve(".cache/huggingface/token"), "hf_file\n");
        assertThat(of(Map.of()).token()).hasValue("hf_file");
        assertThat(of(Map.of()).toString()).doesNotContain("hf_file");
    }

    @Test
    void readsTheVariablesOfHuggingFace() {
        assertThat(of(Map.of("HF_ENDPOINT", "http://mirror:8000/x/")).endpoint())
                .isEqualTo(URI.create("http://mirror:8000/x"));
        assertThat(of(Map.of("HF_TOKEN", " hf_abc ")).token()).hasValue("hf_abc");
        assertThat(of(Map.of("XDG_CACHE_HOME", "/c")).cache())
                .isEqualTo(Path.of("/c/huggingface/hub"));
        assertThat(of(Map.of("XDG_CACHE_HOME", "/c", "HF_HOME", "~/h")).cache())
                .isEqualTo(home.resolve("h/hub"));
        assertThat(of(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "/k")).cache())
                .isEqualTo(Path.of("/k"));
        assertThat(of(Map.of("HF_HUB_OFFLINE", "1")).isOffline()).isTrue();
        assertThat(of(Map.of("HF_HUB_OFFLINE", "0")).isOffline()).isFalse();
    }

    @Test
    void unusableSettingsAreRefusedWithoutShowingTheToken() {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> of(Map.of("HF_ENDPOINT", "hub.example")))
                .withMessageContaining("HF_ENDPOINT is \"hub.example\"; expected a URL");
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> of(Map.of("HF_TOKEN", "hf_a\nX-Other: b")))
                .withMessageContaining("HF_TOKEN")
                .withMessageNotContaining("hf_a");
    }
}
