package org.dlora.catalogue.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store whose process is killed at random moments, again and again. {@code -Ddlora.test.seed}
 * sets the moments.
 */
class ContentStoreKillTest {
    private static final int KILLS = Boolean.getBoolean("dlora.test.long") ? 40 : 6;

    @TempDir Path home;

    @Test
    void killLeavesWholeFoldersOrNothing() throws Exception {
        var folder = home.resolve("adapters");
        long seed = Long.getLong("dlora.test.seed", 42);
        System.out.println("ContentStoreKillTest: -Ddlora.test.seed=" + seed);
        var random = new Random(seed);
        var published = new HashSet<String>();
        for (int kill = 0; kill < KILLS; kill++) {
            published.addAll(runAndKill(folder, kill, random));
            published.removeAll(StoreVictim.removed(folder));
            try (var store = new ContentStore(folder)) {
                store.clean();
                assertThat(folder)
                        .isDirectoryNotContaining(file -> file.toString().contains(".staging"));
                assertThat(store.hashes()).containsAll(published);
                for (var hash : store.hashes()) {
                    assertThat(StoreVictim.hash(folder.resolve(hash))).isEqualTo(hash);
                    try (var files = Files.list(folder.resolve(hash))) {
                        assertThat(files).hasSize(StoreVictim.FILES);
                    }
                }
            }
        }
        assertThat(published).isNotEmpty();
    }

    /** Returns the hashes of the folders that the program has said to be in their place. */
    private static Set<String> runAndKill(Path folder, int seed, Random random) throws Exception {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xshare:auto",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                StoreVictim.class.getName(),
                                folder.toString(),
                                String.valueOf(seed))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        var said = new HashSet<String>();
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = random.nextInt(20); i >= 0; i--) {
                said.add(lines.readLine());
            }
            // Anywhere in the work on the next folders.
            LockSupport.parkNanos(random.nextInt(20_000_000));
            process.destroyForcibly();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            addWhole(lines, said);
        }
        return said;
    }

    private static void addWhole(BufferedReader lines, Set<String> said) {
        try {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (FolderHash.isOne(line)) {
                    said.add(line);
                }
            }
        } catch (IOException _) {
            // The pipe of a killed process.
        }
    }
}
