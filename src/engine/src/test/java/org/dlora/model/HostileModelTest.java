package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.tensor.JsonDamage;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A sound model with one of its JSON files damaged at random: it opens, or the loader refuses it
 * with its own exception, in bounded time.
 */
class HostileModelTest {
    private static final Path SOUND = Golden.ROOT.resolve("bad/base-model");
    private static final List<String> FILES =
            List.of(
                    "config.json",
                    "generation_config.json",
                    "model.safetensors",
                    "special_tokens_map.json",
                    "tokenizer.json",
                    "tokenizer_config.json");
    private static final JsonMapper JSON = new JsonMapper();

    /** No measure of speed: thousands of times the time of a sound model. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    // Uses a fixed seed, because a panic of the native library would end the JVM. Change the seed
    // to explore.
    @Property(tries = 500, seed = "20260712")
    void damagedModelsOpenOrAreRefused(@ForAll("damaged") String name, @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        var folder = Files.createTempDirectory("model");
        try {
            for (var file : FILES) {
                Files.copy(SOUND.resolve(file), folder.resolve(file));
            }
            for (int round = 0; round < JsonDamage.ROUNDS; round++) {
                var json = (ObjectNode) JSON.readTree(SOUND.resolve(name).toFile());
                var text = new JsonDamage(random).damaged(json);
                Files.writeString(folder.resolve(name), text);
                open(folder, text);
            }
        } finally {
            for (var file : FILES) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.delete(folder);
        }
    }

    @Provide
    Arbitrary<String> damaged() {
        return Arbitraries.of(
                "config.json",
                "config.json",
                "tokenizer.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "generation_config.json");
    }

    private static void open(Path folder, String description) {
        assertTimeoutPreemptively(
                BOUND,
                () -> {
                    try (var model = BaseModel.open(folder)) {
                        assertThat(model.tokenizer().vocabSize()).as(description).isPositive();
                    } catch (LoadException e) {
                        assertThat(e.getMessage()).as(description).isNotBlank();
                    }
                },
                description);
    }
}
