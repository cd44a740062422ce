package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.DloraPropertiesTest;
import org.dlora.catalogue.served.AdapterReport.InMemory;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemorySize;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.scheduling.residency.Residence;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Tests of the parts that are loaded for a small model and its adapters, by settings. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModelLoadingTest {
    private static final Path GOLDEN = TestFiles.golden();
    private static final Path BAD = GOLDEN.resolve("bad");
    private static final Path MODEL = GOLDEN.resolve("models/qwen3");
    private static final Path ADAPTERS = GOLDEN.resolve("adapters/qwen3");

    /** Bytes of a KV cache of a given size. */
    private static final long CACHE = 300L << 10;

    /** Copies of each golden adapter, which together need several times the room of one. */
    private static final int COPIES = 12;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    /** Holds the books, which gauges do not. */
    private @Nullable LoadedModel last;

    @FunctionalInterface
    private interface Use {
        void of(LoadedModel loaded) throws Exception;
    }

    /**
     * Sizes of adapters and KV cache with this processor's kernels, which pad weights to their
     * lanes.
     *
     * @param adapters bytes of all adapters
     * @param cache bytes of the KV cache where memory is free
     * @param leastCache bytes of the blocks that the KV cache keeps, and of a part of another, as
     *     blocks come and go in whole pages
     */
    private record Sizes(long adapters, long cache, long leastCache) {}

    /** Returns the sizes, learned from a start with memory for all adapters. */
    private Sizes sizes(Path root, String... more) {
        var settings = new ArrayList<>(Arrays.asList(more));
        settings.add("dlora.memory=64MB");
        var learned = new ArrayList<Sizes>();
        loadAtStart(
                root,
                loaded -> {
                    var kv = residency(loaded).memories().getFirst().kv().getFirst();
                    var status = kv.status();
                    long least = kv.least() * status.blockBytes() + status.mostBlockBytes();
                    learned.add(
                            new Sizes((long) reserved("host", "adapters"), status.bytes(), least));
                },
                settings.toArray(String[]::new));
        metrics.clear();
        return learned.getFirst();
    }

    /** Loads the golden model with all adapters of a folder. */
    private void loadAtStart(Path root, Use use, String... more) {
        var settings = new ArrayList<>(Arrays.asList(more));
        settings.add("dlora.weights-cache=off");
        settings.add("dlora.adapters.load=start");
        load(MODEL, root, use, settings.toArray(String[]::new));
    }

    /** Loads what the settings say, and closes it after {@code use}. */
    private void load(Path model, Path roots, Use use, String... more) {
        var settings = new ArrayList<>(Arrays.asList(more));
        settings.add("dlora.model=" + model);
        settings.add("dlora.adapters.roots=" + roots);
        settings.add("dlora.cpu.native=off");
        settings.add("dlora.max-batch=4");
        settings.add("dlora.max-batch-tokens=32");
        new ApplicationContextRunner()
                .withUserConfiguration(DloraPropertiesTest.Settings.class)
                .withPropertyValues(settings.toArray(String[]::new))
                .run(context -> {
                    var properties = context.getBean(DloraProperties.class);
                    try (var closing = new Closing()) {
                        var loader = ModelLoaders.of(properties, metrics, Clock.systemUTC());
                        last = loader.load(closing);
                        use.of(last);
                    }
                });
        assertThat(last).isNotNull();
        for (var gauge : metrics.find("dlora.memory.reserved").gauges()) {
            assertThat(gauge.value()).as(gauge.getId().toString()).isZero();
        }
    }

    private double leftOut() {
        return value(metrics.get("dlora.adapters.left.out").gauge());
    }

    private static double value(Gauge gauge) {
        return gauge.value();
    }

    private static ResidencyService residency(LoadedModel loaded) {
        return loaded.services().residency();
    }

    /** Returns the names of the adapters that are resident in a memory. */
    private static List<String> resident(LoadedModel loaded, String memory) {
        return residency(loaded).reports().stream()
                .filter(report ->
                        report.memories().stream()
                                .filter(one -> one.memory().equals(memory))
                                .anyMatch(ModelLoadingTest::isResident))
                .map(report -> report.adapter().name())
                .toList();
    }

    private static boolean isResident(InMemory one) {
        return one.status().residence() == Residence.RESIDENT;
    }

    private static List<String> names(LoadedModel loaded) {
        return loaded.served().models().adapters().stream().map(ServedAdapter::name).toList();
    }

    @Test
    void brokenAdaptersAreWithdrawnInTheBackgroundAndCounted(@TempDir Path roots) {
        for (int i = 0; i < 9; i++) {
            copy(BAD.resolve("good-adapter"), roots.resolve("a" + i));
        }
        copy(BAD.resolve("adapter-rank-mismatch"), roots.resolve("misfit"));
        copy(BAD.resolve("adapter-nan"), roots.resolve("z"));
        load(
                BAD.resolve("base-model"),
                roots,
                loaded -> {
                    assertThat(resident(loaded, "host"))
                            .as("one that is pinned, and others up to eight for the warm-up")
                            .containsExactly("a0", "a1", "a2", "a3", "a4", "a5", "a6", "a8");
                    assertThat(residency(loaded).reports().get(8).memories())
                            .singleElement()
                            .satisfies(one -> assertThat(one.status().pinned()).isTrue());
                    await().until(() -> !names(loaded).contains("z"));
                    assertThat(leftOut()).isEqualTo(2);
                    assertThat(residency(loaded).broken())
                            .singleElement()
                            .satisfies(broken -> {
                                assertThat(broken.name()).isEqualTo("z");
                                assertThat(broken.problem()).contains("NaN");
                            });
                    assertThat(names(loaded)).hasSize(9).doesNotContain("misfit");
                    await().until(() ->
                            loaded.served().models().adapters().stream()
                                    .allMatch(adapter -> adapter.version().isPresent()));
                },
                "dlora.weights-cache=off",
                "dlora.adapters.pinned=a8,a8");
    }

    @Test
    void memoriesOfReplicasAreLoadedAtTheStartAndContentIsRemembered(@TempDir Path cache)
            throws IOException {
        Use use =
                loaded -> {
                    var names = List.of("dora", "r4-qv", "r8-all");
                    assertThat(resident(loaded, "0")).isEqualTo(names);
                    assertThat(resident(loaded, "1")).isEqualTo(names);
                    for (var memory : List.of("0", "1")) {
                        assertThat(limit(memory)).isEqualTo(64.0 * (1 << 20));
                        assertThat(reserved(memory, "adapters"))
                                .isPositive()
                                .isEqualTo(reserved("0", "adapters"));
                    }
                    assertThat(reserved("host", "replicas")).isEqualTo(128.0 * (1 << 20));
                    assertThat(reserved("host", "adapters")).isZero();
                    assertThat(leftOut()).isZero();
                };
        var settings =
                new String[] {
                    "dlora.weights-cache=" + cache,
                    "dlora.adapters.load=start",
                    "dlora.memory=200MB",
                    "dlora.replicas[0].memory=64MB",
                    "dlora.replicas[0].threads=1",
                    "dlora.replicas[1].memory=64MB",
                    "dlora.replicas[1].threads=1"
                };
        load(MODEL, ADAPTERS, use, settings);
        assertThat(cache.resolve("adapters.json")).content().contains("\"format\":1");
        assertThat(versions(cache)).isEqualTo(3);
    }

    /** The longest request differs with the memory; weights were packed for the shortest. */
    @Test
    void replicasOfDifferentMemoriesServeWhatTheSmallestCanTake() {
        load(
                TestFiles.demo("model"),
                TestFiles.demo("adapters"),
                loaded -> assertThat(loaded.served().models().maxModelLength()).isEqualTo(96),
                "dlora.weights-cache=off",
                "dlora.kv-cache.dtype=float32",
                "dlora.replicas[0].memory=800KB",
                "dlora.replicas[0].threads=1",
                "dlora.replicas[1].memory=1MB",
                "dlora.replicas[1].threads=1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void adaptersArePlacedAheadOnlyIfThatIsWanted(boolean enabled) {
        load(
                MODEL,
                ADAPTERS,
                _ -> assertThat(isThread("placement")).isEqualTo(enabled),
                "dlora.placement.enabled=" + enabled,
                "dlora.weights-cache=off",
                "dlora.memory=200MB",
                "dlora.replicas[0].memory=64MB",
                "dlora.replicas[0].threads=1",
                "dlora.replicas[1].memory=64MB",
                "dlora.replicas[1].threads=1");
        await().until(() -> !isThread("placement"));
    }

    private static boolean isThread(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name));
    }

    @ParameterizedTest
    @CsvSource({"auto, F32", "bfloat16, BF16"})
    void fingerprintIsThatOfTheBaseTheModeAndTheDtypes(
            String setting, DType keysAndValues, @TempDir Path noAdapters) {
        var folder = BAD.resolve("base-model");
        Use use =
                loaded -> {
                    try (var model = BaseModel.open(folder)) {
                        assertThat(loaded.served().systemFingerprint())
                                .isEqualTo(
                                        SystemFingerprint.of(
                                                model,
                                                Optional.empty(),
                                                "float32",
                                                DType.BF16,
                                                keysAndValues));
                    }
                };
        load(folder, noAdapters, use, "dlora.weights-cache=off", "dlora.kv-cache.dtype=" + setting);
    }

    private static int versions(Path cache) throws IOException {
        return Files.readString(cache.resolve("adapters.json"))
                        .split("[0-9a-f]{64}\":\"", -1)
                        .length
                - 1;
    }

    private double limit(String memory) {
        return value(metrics.get("dlora.memory.limit").tag("memory", memory).gauge());
    }

    private double reserved(String memory, String use) {
        return value(
                metrics.get("dlora.memory.reserved").tag("memory", memory).tag("use", use).gauge());
    }

    @Test
    void adaptersOfTheStartThatDoNotFitEndItWithTheSizes() {
        long needed = sizes(ADAPTERS).adapters();
        long memory = CACHE + needed / 2;
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() ->
                        loadAtStart(
                                ADAPTERS,
                                _ -> {},
                                "dlora.memory=" + memory + "B",
                                "dlora.kv-cache.size=" + CACHE + "B"))
                .withMessageMatching(
                        "There is not enough memory for 3 adapters: %s are needed, and \\d+KB of %s are available; the rest is taken by KV caches \\(\\d+KB\\)\\. Keep some of them out of dlora\\.adapters\\.roots, or set dlora\\.memory to more\\."
                                .formatted(
                                        new MemorySize(needed).roundedUp(),
                                        new MemorySize(memory).roundedDown()));
    }

    /** Issue 15: it advised a smaller Java heap, which takes nothing from this budget. */
    @Test
    void memoryThatHasNoRoomForAKvCacheIsNamedByItsSetting() {
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() ->
                        load(
                                MODEL,
                                ADAPTERS,
                                _ -> {},
                                "dlora.weights-cache=off",
                                "dlora.memory=1KB"))
                .withMessageMatching(
                        "A replica has 1KB of memory by dlora\\.memory, of which adapters may take 1KB: that leaves no room for a KV cache, of which a block takes \\d+KB\\. Serve fewer adapters, or set dlora\\.memory to more\\.");
    }

    /**
     * A KV cache rests after each change, and loads evict idle adapters. So the cache gives up what
     * all adapters of the start need at once.
     */
    @Test
    void kvCacheMakesRoomForAdaptersOfTheStart(@TempDir Path root) {
        assumeThat(new CpuDevice().isKvElastic()).isTrue();
        copyAdapters(root);
        var length = "dlora.max-model-len=96";
        var sizes = sizes(root, length);
        long memory = sizes.adapters() + sizes.leastCache();
        assertThat(Math.min(memory / 4, sizes.cache()) - sizes.leastCache())
                .as(
                        "bytes that the KV cache of the start has to give up, for more than one adapter")
                .isGreaterThan(sizes.adapters() / COPIES);
        Use use =
                loaded -> {
                    assertThat(resident(loaded, "host")).hasSize(3 * COPIES);
                    assertThat(count("dlora.kv.resizes"))
                            .as("resizes, one for all adapters")
                            .isEqualTo(1);
                    assertThat(count("dlora.adapter.evictions")).isZero();
                    assertThat(reserved("host", "adapters") + reserved("host", "kv_cache"))
                            .isLessThanOrEqualTo((double) memory);
                };
        loadAtStart(root, use, length, "dlora.memory=" + memory + "B");
    }

    private double count(String name) {
        return metrics.get(name).counters().stream().mapToDouble(Counter::count).sum();
    }

    @Test
    void cacheOfGivenSizeGrowsIntoFreeMemoryAndKeepsItsSize() {
        assumeThat(new CpuDevice().isKvElastic()).isTrue();
        Use use =
                loaded -> {
                    var kv = residency(loaded).memories().getFirst().kv().getFirst();
                    assertThat(kv.usable()).isEqualTo(kv.least());
                    assertThat(kv.most()).isGreaterThan(2 * kv.usable());
                    assertThat(kv.status().bytes()).isLessThanOrEqualTo(CACHE);
                    assertThat(reserved("host", "kv_cache"))
                            .isEqualTo((double) kv.status().bytes());
                };
        load(
                MODEL,
                ADAPTERS,
                use,
                "dlora.weights-cache=off",
                "dlora.kv-cache.size=" + CACHE + "B",
                "dlora.memory=2MB");
    }

    @Test
    void pinnedAdaptersThatDoNotFitEndTheStart() {
        long memory = CACHE + sizes(ADAPTERS).adapters() / 4;
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() ->
                        load(
                                MODEL,
                                ADAPTERS,
                                _ -> {},
                                "dlora.weights-cache=off",
                                "dlora.adapters.pinned=r8-all,dora",
                                "dlora.memory=" + memory + "B",
                                "dlora.kv-cache.size=" + CACHE + "B"))
                .withMessageContaining("There is not enough memory for 2 adapters");
    }

    private static void copyAdapters(Path root) {
        for (var name : List.of("dora", "r4-qv", "r8-all")) {
            for (int i = 0; i < COPIES; i++) {
                copy(ADAPTERS.resolve(name), root.resolve(name + i));
            }
        }
    }

    private static void copy(Path from, Path to) {
        try (var files = Files.list(from)) {
            Files.createDirectory(to);
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
