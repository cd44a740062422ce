package org.dlora.console.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.mock.env.MockPropertySource;

class LogFileTailTest {
    private final StandardEnvironment environment = new StandardEnvironment();

    private LogFileTail tail(String file) {
        environment
                .getPropertySources()
                .addFirst(new MockPropertySource().withProperty("logging.file.name", file));
        return new LogFileTail(environment, new Redaction(environment));
    }

    @Test
    void theLastWholeLinesAreGivenWithoutSecrets(@TempDir Path folder) throws Exception {
        var file = folder.resolve("dlora.log");
        var line = "a line of the log that is as long as others\n";
        Files.writeString(
                file,
                line.repeat(LogFileTail.MOST / line.length() + 9) + "Authorization: secret-word\n");
        var tail = tail(file.toString());
        assertThat(tail.file()).contains(file);
        var text = tail.text(file);
        assertThat(text)
                .startsWith(line)
                .endsWith("Authorization: ******\n")
                .doesNotContain("secret-word");
        assertThat(text.length()).isLessThanOrEqualTo(LogFileTail.MOST);
    }

    @Test
    void aShortFileIsGivenWhole(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("short.log"), "one\ntwo\n");
        assertThat(tail(file.toString()).text(file)).isEqualTo("one\ntwo\n");
    }

    @Test
    void aMissingLogFileHasNoTail(@TempDir Path folder) {
        assertThat(tail(folder.resolve("none.log").toString()).file()).isEmpty();
        assertThat(
                        new LogFileTail(
                                        new StandardEnvironment(),
                                        new Redaction(new StandardEnvironment()))
                                .file())
                .isEmpty();
    }
}
