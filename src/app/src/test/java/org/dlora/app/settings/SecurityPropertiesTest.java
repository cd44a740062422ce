package org.dlora.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.dlora.engine.opening.StartException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityPropertiesTest {
    private static final String KEY = "a-key-of-the-settings-1234";

    @TempDir Path folder;

    private static SecurityProperties of(@Nullable String key) {
        return new SecurityProperties(key, "", Duration.ofSeconds(5), Duration.ZERO);
    }

    @Test
    void aKeyStandsInTheSettingOrInAFile() throws Exception {
        assertThat(of(null).givenKey()).isEmpty();
        assertThat(of(" ").givenKey()).isEmpty();
        assertThat(of(KEY).givenKey()).hasValue(KEY);
        var file = Files.writeString(folder.resolve("key"), KEY + "\n");
        assertThat(of("file:" + file).givenKey()).hasValue(KEY);
        assertThat(of(KEY).toString()).doesNotContain(KEY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"short", "a key with blanks in between it", "ключ-из-слишком-многих-букв"})
    void aKeyThatCouldBeGuessedIsRefusedAndNotRepeated(String key) {
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> of(key).givenKey())
                .withMessageContaining("24 to 512")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(key));
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        var file = folder.resolve("none");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> of("file:" + file).givenKey())
                .withMessageContaining(file.toString());
    }

    @Test
    void theSecretIsInTheHomeUnlessItIsNamed() {
        assertThat(of(null).secret(folder)).isEqualTo(folder.resolve("keys.secret"));
        assertThat(
                        new SecurityProperties(null, "/run/s", Duration.ofSeconds(5), Duration.ZERO)
                                .secret(folder))
                .isEqualTo(Path.of("/run/s"));
    }
}
