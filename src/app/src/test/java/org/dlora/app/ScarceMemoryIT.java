package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo's eight adapters with memory for two of them, under {@link ChangingAdapters}. {@code
 * -Ddlora.test.seed=N} repeats a run.
 */
@Timeout(value = 5, unit = MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class ScarceMemoryIT {
    private static final Path MODEL = TestFiles.demo("model");
    private static final List<String> NAMES =
            List.of("leet", "piglatin", "reverse", "rot13", "spell", "title", "upper", "vowels");
    private static final int RANK = 16;
    private static final long KV_BYTES = 16L << 20;

    @Test
    void everyAnswerIsItsOwnAdaptersWithMemoryForTwoOfEight(@TempDir Path roots, @TempDir Path kept)
            throws Exception {
        long seed = Long.getLong("dlora.test.seed", System.nanoTime());
        for (var name : NAMES) {
            var files = AdapterFiles.demo(name).padded(RANK, 1);
            files.write(roots.resolve(name));
            files.write(roots.resolve(ChangingAdapters.POOL).resolve(name));
            BrokenFolders.write(roots.resolve(ChangingAdapters.BROKEN), name, files);
        }
        LearnedAnswers learned;
        try (var server = RunningServer.start(MODEL, roots.resolve(ChangingAdapters.POOL))) {
            learned = LearnedAnswers.learn(new AdapterCalls(server), NAMES);
        }
        var memory = "--dlora.memory=" + (KV_BYTES + 2 * learned.adapterBytes()) + "B";
        var cache = "--dlora.kv-cache.size=" + KV_BYTES + "B";
        var packed = RunningServer.WEIGHTS_CACHE + kept.resolve("weights");
        try (var server = RunningServer.start(MODEL, roots, memory, cache, packed)) {
            var traffic = new ChangingAdapters(new AdapterCalls(server), learned, NAMES, seed);
            traffic.run();
            traffic.checkBooks();
            assertThat(server.get("/actuator/prometheus").body())
                    .containsPattern(
                            "dlora_adapter_load_seconds_count\\{[^}]*source=\"packed\"[^}]*} [1-9]");
        } catch (Exception | AssertionError e) {
            throw new AssertionError("Repeat with -Ddlora.test.seed=" + seed, e);
        }
    }
}
