package org.dlora.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    @TempDir Path folder;

    @Test
    void aSecretIsMadeOnceForItsUserAlone() throws Exception {
        var file = folder.resolve("home/keys.secret");
        var secrets = new SecretFile(file);
        assertThat(secrets.exists()).isFalse();
        assertThat(secrets.find()).isEmpty();

        var made = secrets.obtain();

        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(file.getParent()).isDirectoryContaining(file::equals);
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
        var again = new SecretFile(file).find().orElseThrow();
        assertThat(again.hash("a key")).isEqualTo(made.hash("a key"));
        assertThat(again.print()).isEqualTo(made.print());
        assertThat(Files.readString(file)).doesNotContain(made.print());
    }

    @Test
    void concurrentServersObtainTheSameSecret() throws Exception {
        var file = folder.resolve("keys.secret");
        var begin = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(8)) {
            var made =
                    IntStream.range(0, 8)
                            .mapToObj(_ ->
                                    threads.submit(
                                            (Callable<String>)
                                                    () -> {
                                                        begin.await();
                                                        return new SecretFile(file)
                                                                .obtain()
                                                                .print();
                                                    }))
                            .toList();
            begin.countDown();
            var first = made.getFirst().get();
            for (var one : made) {
                assertThat(one.get()).isEqualTo(first);
            }
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aBrokenSecretIsNeverReplaced() throws Exception {
        var file = Files.writeString(folder.resolve("keys.secret"), "abc");
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(() -> new SecretFile(file).obtain())
                .withMessageContaining(file.toString())
                .withMessageContaining("64 hexadecimal digits");
        assertThat(Files.readString(file)).isEqualTo("abc");
    }

    @Test
    void aFolderThatCannotBeMadeIsSaid() throws Exception {
        var blocked = Files.writeString(folder.resolve("file"), "").resolve("keys.secret");
        assertThatExceptionOfType(AccessUnavailableException.class)
                .isThrownBy(() -> new SecretFile(blocked).obtain())
                .withMessageContaining("keys.secret");
    }
}
