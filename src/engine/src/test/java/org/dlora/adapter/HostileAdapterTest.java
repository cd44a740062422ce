package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.model.BaseModel;
import org.dlora.tensor.JsonDamage;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adapters that PEFT wrote, damaged at random: each loads or is refused by the loader's own
 * exception, in bounded time.
 */
class HostileAdapterTest {
    private static final String WEIGHTS = "adapter_model.safetensors";

    /** The header of the smallest of them is longer. */
    private static final int HEADER = 1000;

    /** No measure of speed: thousands of times what a sound adapter takes. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    private static @Nullable BaseModel base;

    @BeforeContainer
    static void openBase() {
        base = BaseModel.open(GoldenAdapters.GOLDEN.resolve("models/llama-gqa"));
    }

    @AfterContainer
    static void closeBase() {
        base().close();
    }

    @Property(tries = 400)
    void anyConfigIsReadOrRefused(@ForAll("adapters") String adapter, @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        inCopy(
                adapter,
                folder -> {
                    var file = folder.resolve(AdapterConfig.FILE);
                    var config =
                            (ObjectNode)
                                    GoldenAdapters.json(
                                            source(adapter).resolve(AdapterConfig.FILE));
                    var text = new JsonDamage(random).damaged(config);
                    Files.writeString(file, text);
                    load(folder, text);
                });
    }

    @Property(tries = 200)
    void anyHeaderIsReadOrRefused(@ForAll("adapters") String adapter, @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        inCopy(
                adapter,
                folder -> {
                    var bytes = Files.readAllBytes(source(adapter).resolve(WEIGHTS));
                    new JsonDamage(random).overwrite(bytes, HEADER);
                    Files.write(folder.resolve(WEIGHTS), bytes);
                    load(folder, "seed " + seed);
                });
    }

    @Provide
    Arbitrary<String> adapters() {
        return Arbitraries.of(
                "dora",
                "layers-1-3",
                "lora-bias",
                "lora-embed",
                "patterns",
                "r4-qv-f32",
                "regex",
                "rslora",
                "save-lm-head");
    }

    private static void load(Path folder, String description) {
        assertTimeoutPreemptively(
                BOUND,
                () -> {
                    try (var adapter = AdapterLoader.load(folder, base())) {
                        assertThat(adapter.version()).as(description).hasSize(64);
                    } catch (LoadException e) {
                        assertThat(e.getMessage()).as(description).isNotBlank();
                    }
                },
                description);
    }

    private interface Damage {
        void toFolder(Path folder) throws IOException;
    }

    private static void inCopy(String adapter, Damage damage) throws IOException {
        var folder = Files.createTempDirectory("adapter");
        var config = folder.resolve(AdapterConfig.FILE);
        var weights = folder.resolve(WEIGHTS);
        try {
            Files.copy(source(adapter).resolve(AdapterConfig.FILE), config);
            Files.copy(source(adapter).resolve(WEIGHTS), weights);
            for (int round = 0; round < JsonDamage.ROUNDS; round++) {
                damage.toFolder(folder);
            }
        } finally {
            Files.deleteIfExists(config);
            Files.deleteIfExists(weights);
            Files.delete(folder);
        }
    }

    private static Path source(String adapter) {
        return GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa").resolve(adapter);
    }

    private static BaseModel base() {
        if (base == null) {
            throw new IllegalStateException("opened before the first try");
        }
        return base;
    }
}
