package org.dlora.device.cpu.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.device.cpu.natives.KernelFamily.AMX;
import static org.dlora.device.cpu.natives.KernelFamily.AVX512;
import static org.dlora.device.cpu.natives.KernelFamily.AVX512_BF16;
import static org.dlora.device.cpu.natives.KernelFamily.JAVA;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the choice of kernels, and of its memory. */
class FamilyChoiceTest {
    private static final ChoiceKey KEY =
            new ChoiceKey("Some(R) CPU @ 2.0GHz 000a06f1", 8, List.of(AMX, AVX512_BF16, AVX512));
    private static final FamilyRates AMX_WINS =
            new FamilyRates(Map.of(AMX, 900e9, AVX512_BF16, 200e9, AVX512, 100e9), 20e9);
    private static final FamilyRates AVX512_WINS =
            new FamilyRates(Map.of(AMX, 10e9, AVX512_BF16, 20e9, AVX512, 30e9), 20e9);
    @TempDir private Path temporary;
    private Path folder;

    @BeforeEach
    void nameAFolderThatIsNotThereYet() {
        folder = temporary.resolve("cache/kernels");
    }

    private FamilyChoice choose(FamilyRates rates) {
        return FamilyChoice.measured(KEY, folder, () -> rates);
    }

    private static FamilyRates never() {
        throw new AssertionError("measured again");
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void theFirstStartMeasuresAndLaterOnesRemember() throws IOException {
        var first = choose(AMX_WINS);
        var later = FamilyChoice.measured(KEY, folder, FamilyChoiceTest::never);

        assertThat(first.family()).isEqualTo(AMX);
        assertThat(first.reason())
                .isEqualTo(
                        "measured now, on one thread: AMX 900, AVX-512 BF16 200, AVX-512 100 GFLOP/s; memory 20 GB/s");
        assertThat(later.family()).isEqualTo(AMX);
        assertThat(later.rates()).isEqualTo(first.rates());
        assertThat(files())
                .singleElement()
                .satisfies(file ->
                        assertThat(later.reason())
                                .startsWith("remembered in " + file + ", on one thread: AMX 900,"));
        assertThat(files().getFirst())
                .hasFileName("8-some-r-cpu-2-0ghz-000a06f1-amx-avx512-bf16-avx512.json")
                .content()
                .contains("Remove the file", "\"chosen\" : \"amx\"", "\"avx512-bf16\" : 200.0");
    }

    @Test
    void noiseDoesNotChangeWhatIsRemembered() {
        choose(AMX_WINS);
        assertThat(choose(AVX512_WINS).family()).isEqualTo(AMX);
    }

    @Test
    void otherProcessorsFamiliesAndKernelsAreMeasuredOnTheirOwn() {
        choose(AMX_WINS);
        for (var other :
                List.of(
                        new ChoiceKey("Another CPU", 8, KEY.families()),
                        new ChoiceKey("Some[R] CPU @ 2.0GHz 000a06f1", 8, KEY.families()),
                        new ChoiceKey(KEY.processor(), 9, KEY.families()),
                        new ChoiceKey(KEY.processor(), 8, List.of(AMX, AVX512)))) {
            assertThat(FamilyChoice.measured(other, folder, () -> AVX512_WINS).family())
                    .isEqualTo(AVX512);
            assertThat(FamilyChoice.measured(other, folder, FamilyChoiceTest::never).family())
                    .isEqualTo(AVX512);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"processor\" :",
                "[]",
                "{}",
                "CHOSEN java",
                "CHOSEN amx-emulated",
                "RATE -1",
                "RATE 1e400",
                "RATE \"fast\""
            })
    void aFileThatCannotBeUsedIsReplaced(String damage) throws IOException {
        choose(AMX_WINS);
        var file = files().getFirst();
        var text = Files.readString(file);
        Files.writeString(
                file,
                damage.startsWith("CHOSEN")
                        ? text.replace(": \"amx\"", ": \"" + damage.substring(7) + "\"")
                        : damage.startsWith("RATE")
                                ? text.replace("900.0", damage.substring(5))
                                : damage);

        assertThat(choose(AVX512_WINS).reason()).startsWith("measured now");
        assertThat(FamilyChoice.measured(KEY, folder, FamilyChoiceTest::never).family())
                .isEqualTo(AVX512);
        assertThat(files()).containsExactly(file);
    }

    @Test
    void aFolderThatCannotBeWrittenCostsAMeasurementEachTime() throws IOException {
        Files.writeString(temporary.resolve("cache"), "a file");

        assertThat(choose(AMX_WINS).family()).isEqualTo(AMX);
        assertThat(choose(AVX512_WINS).family()).isEqualTo(AVX512);
    }

    @Test
    void processesThatMeasureAtOnceUseTheSameFamily() throws Exception {
        int racers = 8;
        var together = new CyclicBarrier(racers);
        var jobs = new ArrayList<Callable<FamilyChoice>>();
        for (int i = 0; i < racers; i++) {
            var rates = i % 2 == 0 ? AMX_WINS : AVX512_WINS;
            jobs.add(() ->
                    FamilyChoice.measured(
                            KEY,
                            folder,
                            () -> {
                                await(together);
                                return rates;
                            }));
        }
        try (var threads = Executors.newFixedThreadPool(racers)) {
            var choices = threads.invokeAll(jobs).stream().map(Future::resultNow).toList();
            assertThat(choices).extracting(FamilyChoice::family).containsOnly(remembered());
        }
        assertThat(files()).hasSize(1);
    }

    private KernelFamily remembered() {
        return FamilyChoice.measured(KEY, folder, FamilyChoiceTest::never).family();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void choicesWithoutAMeasurementSayWhy() {
        assertThat(FamilyChoice.set(AVX512).reason()).isEqualTo("as the settings say");
        assertThat(FamilyChoice.byFeatures(List.of(AMX, AVX512)).family()).isEqualTo(AMX);
        assertThat(FamilyChoice.byFeatures(List.of(AMX, AVX512)).reason())
                .isEqualTo("the first of 2 by the processor's features");
        assertThat(FamilyChoice.only(JAVA, "the processor has no AVX-512").reason())
                .isEqualTo("none in C run here: the processor has no AVX-512");
        assertThat(FamilyChoice.only(AVX512, "the processor has no AVX-512 BF16").reason())
                .isEqualTo("no others in C run here: the processor has no AVX-512 BF16");
    }
}
