package org.dlora.model.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.device.Device;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The matrices are those of the checkpoint, whatever the cache's folder holds. */
class WeightsCacheTest {
    private static final Path MODEL = TestFiles.golden("bad/base-model");
    private static final long MANY_BYTES = 1L << 30;

    /** A clock by which the files were written an hour ago. */
    private static final InstantSource LATER = () -> Instant.now().plus(Duration.ofHours(1));

    @TempDir Path model;
    @TempDir Path folder;

    private final CpuDevice device = new CpuDevice();

    @BeforeEach
    void copyModel() throws IOException {
        try (var files = Files.list(MODEL)) {
            for (var file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void secondStartFindsThePackedMatrices() {
        var first = start(cache());
        var second = start(cache());

        assertThat(first.isFound()).isFalse();
        assertThat(second.isFound()).isTrue();
        assertThat(second.matrices()).isEqualTo(first.matrices());
    }

    @Test
    void theHashOfTheContentIsKnownAfterPacking() {
        try (var base = BaseModel.open(model)) {
            var content = ContentHash.of(base.tensors().files());
            for (var start : List.of("first", "second")) {
                try (var packer = cache().open(base.tensors(), device, DType.F32);
                        var _ = pack(base, packer, device)) {
                    packer.keepNow();
                    assertThat(packer.content()).as(start).hasValue(content);
                }
            }
            try (var small =
                    new WeightsCache(folder, MANY_BYTES).open(base.tensors(), device, DType.F32)) {
                assertThat(small.content()).isEmpty();
            }
        }
    }

    @Test
    void accountsForMemoryAndGivesItBack() {
        start(cache());
        try (var base = BaseModel.open(model);
                var packer = cache().open(base.tensors(), device, DType.F32)) {
            var weights = pack(base, packer, device);
            assertThat(device.bytes()).isEqualTo(weights.bytes());
            weights.close();
        }
        assertThat(device.bytes()).isZero();
    }

    @Test
    void eachDtypeHasItsOwnEntry() {
        start(cache());
        try (var base = BaseModel.open(model);
                var packer = cache().open(base.tensors(), device, DType.BF16)) {
            assertThat(packer.isFound()).isFalse();
        }
    }

    @Test
    void eachNumericModeHasItsOwnEntry() throws IOException {
        var first = start(cache());
        var other = start(cache(), new OtherMode());

        assertThat(other.isFound()).isFalse();
        assertThat(other.matrices()).isEqualTo(first.matrices());
        assertThat(files("-float32-F32.safetensors")).hasSize(1);
        assertThat(files("-other-F32.safetensors")).hasSize(1);
        assertThat(start(cache()).isFound()).isTrue();
        assertThat(start(cache(), new OtherMode()).isFound()).isTrue();
    }

    @Test
    void entriesWhoseNamesLackTheNumericModeAreIgnoredUntilRoomIsNeeded() throws IOException {
        start(cache());
        var entry = files("-float32-F32.safetensors").getFirst();
        long size = Files.size(entry);
        var old =
                Files.move(
                        entry,
                        folder.resolve(entry.getFileName().toString().replace("-float32", "")));

        assertThat(start(cache()).isFound()).isFalse();
        assertThat(old).exists();
        Files.delete(files("-float32-F32.safetensors").getFirst());
        start(new WeightsCache(folder, size * 3 / 2, 0, LATER));
        assertThat(old).doesNotExist();
        assertThat(files("-float32-F32.safetensors")).hasSize(1);
    }

    @Test
    void packsAgainACheckpointThatChangedWithinSizeAndTime() throws IOException {
        var before = start(cache());
        var file = model.resolve("model.safetensors");
        var time = Files.getLastModifiedTime(file);
        var bytes = Files.readAllBytes(file);
        for (int i = bytes.length / 2; i < bytes.length; i += 2) {
            bytes[i] ^= 1;
        }
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, time);

        var after = start(cache());

        assertThat(after.isFound()).isFalse();
        assertThat(after.matrices()).isNotEqualTo(before.matrices());
    }

    @Test
    void findsACopiedCheckpointByItsContent(@TempDir Path copy) throws IOException {
        start(cache());
        Files.move(model.resolve("model.safetensors"), copy.resolve("x"));
        Files.copy(copy.resolve("x"), model.resolve("model.safetensors"));

        assertThat(start(cache()).isFound()).isTrue();
    }

    @Test
    void remembersTheHashOfAnUnchangedCheckpoint() throws IOException {
        start(cache());
        var remembered = files(".of").getFirst();
        Files.writeString(remembered, "0".repeat(64));

        assertThat(start(cache()).isFound()).as("looked for under the remembered hash").isFalse();

        Files.writeString(remembered, "no hash");
        assertThat(start(cache()).isFound()).as("hashed again").isTrue();
    }

    @Test
    void remembersNoHashOfAFileThatMayStillChange() throws IOException {
        var now = Files.getLastModifiedTime(model.resolve("model.safetensors")).toInstant();
        start(new WeightsCache(folder, MANY_BYTES, 0, () -> now));
        assertThat(files(".of")).isEmpty();
    }

    @Test
    void neverServesADamagedEntry() throws IOException {
        var sound = start(cache());
        var entry = files(".safetensors").getFirst();
        var bytes = Files.readAllBytes(entry);
        var random = new Random(1);
        for (int i = 0; i < 60; i++) {
            var damaged = bytes.clone();
            if (i % 3 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(bytes.length));
            } else if (i % 3 == 1) {
                damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                damaged[random.nextInt(2000)] ^= (byte) (1 << random.nextInt(8));
            }
            replace(entry, damaged);
            assertThat(start(cache()).matrices()).as("damage %d", i).isEqualTo(sound.matrices());
        }
    }

    @Test
    void firstStartAfterDamageReplacesTheEntry() throws IOException {
        start(cache());
        replace(files(".safetensors").getFirst(), new byte[100]);
        start(cache());
        assertThat(start(cache()).isFound()).isTrue();
    }

    @Test
    void packsWithoutACacheIfTheFolderIsNotWritable() throws IOException {
        var file = Files.writeString(folder.resolve("file"), "");
        var unusable = new WeightsCache(file.resolve("folder"), MANY_BYTES, 0, LATER);
        assertThat(start(unusable).isFound()).isFalse();
        assertThat(start(unusable).isFound()).isFalse();
    }

    @Test
    void createsTheFolderForItsOwnerAlone() throws IOException {
        var made = folder.resolve("caches/weights");
        start(new WeightsCache(made, MANY_BYTES, 0, LATER));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
        assertThat(start(new WeightsCache(made, MANY_BYTES, 0, LATER)).isFound()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwx---", "rwx---rwx"})
    void ignoresAFolderThatOthersMayWriteTo(String permissions) throws IOException {
        start(cache());
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
        assertThat(start(cache()).isFound()).isFalse();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(start(cache()).isFound()).isTrue();
    }

    @Test
    void removesTheLeastRecentlyUsedEntriesAboveTheLimit() throws IOException {
        start(cache());
        long size = Files.size(files(".safetensors").getFirst());
        var old = Files.write(folder.resolve("old.safetensors"), new byte[(int) size]);
        var older = Files.write(folder.resolve("older.safetensors"), new byte[(int) size]);
        Files.setLastModifiedTime(old, FileTime.fromMillis(2000));
        Files.setLastModifiedTime(older, FileTime.fromMillis(1000));
        Files.delete(files("F32.safetensors").getFirst());

        start(new WeightsCache(folder, size * 5 / 2, 0, LATER));

        assertThat(older).doesNotExist();
        assertThat(old).exists();
        assertThat(files("F32.safetensors")).hasSize(1);
        assertThat(start(new WeightsCache(folder, size / 2, 0, LATER)).isFound()).isFalse();
        assertThat(files("F32.safetensors")).as("larger than the limit").isEmpty();
    }

    @Test
    void removesUnfinishedFilesOfEndedProcesses() throws IOException {
        var left = Files.write(folder.resolve("entry1.tmp"), new byte[10]);
        start(cache());
        assertThat(left).doesNotExist();
        assertThat(files(".tmp")).isEmpty();
    }

    @Test
    void keepsNothingWhileAnotherProcessWrites() throws IOException {
        try (var channel =
                        FileChannel.open(
                                folder.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            start(cache());
            assertThat(files(".safetensors")).isEmpty();
        }
    }

    @Test
    void concurrentStartsAreSafe() throws Exception {
        var expected = start(cache()).matrices();
        Files.delete(files(".safetensors").getFirst());
        var starts = new ArrayList<Callable<Started>>();
        for (int i = 0; i < 16; i++) {
            starts.add(() -> start(cache()));
        }
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (var started : threads.invokeAll(starts)) {
                assertThat(started.get().matrices()).isEqualTo(expected);
            }
        }
        assertThat(start(cache()).isFound()).isTrue();
    }

    @Test
    void keepsNoSmallModels() throws IOException {
        start(new WeightsCache(folder, MANY_BYTES));
        assertThat(files("")).isEmpty();
    }

    private WeightsCache cache() {
        return new WeightsCache(folder, MANY_BYTES, 0, LATER);
    }

    /** The bytes of all matrices, and whether they came from the cache. */
    private record Started(boolean isFound, List<String> matrices) {}

    /** The device of the other starts, as if it computed in another way. */
    private static final class OtherMode extends ForwardingDevice {
        @Override
        public String numericMode() {
            return "other";
        }
    }

    private Started start(WeightsCache cache) {
        return start(cache, device);
    }

    /** Runs a start that keeps what it packed, and ends it. */
    private Started start(WeightsCache cache, Device on) {
        try (var base = BaseModel.open(model);
                var packer = cache.open(base.tensors(), on, DType.F32);
                var weights = pack(base, packer, on)) {
            packer.keepNow();
            var layout = on.packedLayout().orElseThrow();
            var matrices =
                    weights.sites().keySet().stream()
                            .map(matrix -> layout.bytesOf(matrix).toArray(JAVA_BYTE))
                            .map(HexFormat.of()::formatHex)
                            .sorted()
                            .toList();
            return new Started(packer.isFound(), matrices);
        }
    }

    private static DecoderWeights pack(BaseModel base, CachedWeights packer, Device on) {
        return DecoderWeights.pack(base, on, packer, WeightPrecision.FLOAT32, 16, _ -> {});
    }

    /** Replaces a file as a damaged disk or copy would. The file that others have mapped stays. */
    private static void replace(Path entry, byte[] bytes) throws IOException {
        Files.delete(entry);
        Files.write(entry, bytes);
    }

    private List<Path> files(String suffix) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }
}
