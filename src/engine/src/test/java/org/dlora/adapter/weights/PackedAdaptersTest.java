package org.dlora.adapter.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.FolderAdapter;
import org.dlora.adapter.GoldenAdapters;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights from a packed file are those of the adapter's own files, or the file is not used. */
class PackedAdaptersTest {
    private static final long MANY_BYTES = 1L << 30;

    @TempDir Path root;
    @TempDir Path packed;

    /** Files have times that no earlier ones had, however coarse the file system's are. */
    private long writes = 1000;

    private final CpuDevice device = new CpuDevice();
    private final MemoryLedger ledger = new MemoryLedger(1 << 26);

    @AfterEach
    void nothingIsHeld() {
        assertThat(ledger.taken()).isZero();
        assertThat(device.bytes()).isZero();
    }

    static Stream<Path> adapters() {
        return GoldenAdapters.folders(GoldenAdapters.GOLDEN).stream()
                .filter(GoldenAdapters::isSupported);
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void aPackedAdapterHasTheBytesOfTheOriginal(Path folder) {
        try (var base = BaseModel.open(GoldenAdapters.base(folder))) {
            var to = uploader(MANY_BYTES);
            var first = loadAndKeep(register(folder, base, to), to);

            assertThat(first.origin()).isEqualTo(LoadOrigin.FILE);
            assertThat(load(register(folder, base, to), to))
                    .isEqualTo(new Loaded(LoadOrigin.PACKED, first.bytes()));
        }
    }

    @Test
    void aPackedAdapterHasTheNameThatItIsRegisteredUnder() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var first = write("one");
            loadAndKeep(register(first, base, to), to);

            var second = register(write("two"), base, to);

            try (var weights = upload(second, to)) {
                assertThat(weights.origin()).isEqualTo(LoadOrigin.PACKED);
                assertThat(weights.name()).isEqualTo("two");
            }
        }
    }

    @Test
    void aPackedFileOfAnotherPrecisionIsNotUsed() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var folder = write("mine");
            var to = uploader(MANY_BYTES);
            loadAndKeep(register(folder, base, to), to);
            var wide = new AdapterUploader(device, WeightPrecision.FLOAT32, ledger, to.packed());
            assertThat(load(register(folder, base, wide), wide).origin())
                    .isEqualTo(LoadOrigin.FILE);
        }
    }

    @Test
    void damagedAndForeignFilesAreIgnoredAndWrittenAgain() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var folder = write("mine");
            var original = loadAndKeep(register(folder, base, to), to);
            var file = onlyFile();
            var good = read(file);
            for (int at : new int[] {0, 9, good.length / 2, good.length - 1}) {
                var bad = good.clone();
                bad[at] ^= 4;
                damage(file, bad, to, folder, base, original);
            }
            damage(file, new byte[0], to, folder, base, original);
            damage(file, Arrays.copyOf(good, good.length / 3), to, folder, base, original);
        }
    }

    private void damage(
            Path file,
            byte[] bytes,
            AdapterUploader to,
            Path folder,
            BaseModel base,
            Loaded original) {
        write(file, bytes);
        assertThat(loadAndKeep(register(folder, base, to), to)).isEqualTo(original);
        assertThat(load(register(folder, base, to), to).origin()).isEqualTo(LoadOrigin.PACKED);
    }

    @Test
    void aFileOfAnotherVersionIsNotUsed() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            loadAndKeep(register(write("mine"), base, to), to);
            var file = onlyFile();
            var other = write("other", 0x40490fdb);
            loadAndKeep(register(other, base, to), to);
            var otherFile = files().stream().filter(one -> !one.equals(file)).findFirst().get();
            write(otherFile, read(file));

            assertThat(load(register(other, base, to), to).origin()).isEqualTo(LoadOrigin.FILE);
        }
    }

    @Test
    void aChangedFolderIsRefusedAlthoughItsOldContentIsPacked() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var folder = write("mine");
            var adapter = register(folder, base, to);
            loadAndKeep(adapter, to);
            write("mine", 0x40490fdb);

            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> load(adapter, to))
                    .withMessageContaining("have changed");
        }
    }

    @Test
    void theLeastRecentlyUsedFilesGoWhereTheLimitIsReached() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var all = uploader(MANY_BYTES);
            loadAndKeep(register(write("one"), base, all), all);
            long bytes = read(onlyFile()).length;
            var to = uploader(2 * bytes + bytes / 2);
            for (int value : new int[] {1, 2, 3}) {
                loadAndKeep(register(write("x" + value, 0x3f800000 + value), base, to), to);
            }
            assertThat(files()).hasSize(2);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenCostsNothing() throws IOException {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var file = Files.createFile(root.resolve("file"));
            var to =
                    new AdapterUploader(
                            device,
                            WeightPrecision.AUTO,
                            ledger,
                            PackedAdapters.in(file.resolve("below"), MANY_BYTES));
            var adapter = register(write("mine"), base, to);
            loadAndKeep(adapter, to);
            assertThat(loadAndKeep(adapter, to).origin()).isEqualTo(LoadOrigin.FILE);
        }
    }

    @Test
    void aFolderThatOthersMayWriteToIsNotUsed() throws IOException {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var adapter = register(write("mine"), base, to);
            loadAndKeep(adapter, to);
            Files.setPosixFilePermissions(
                    packed.resolve("adapters"), PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThat(load(adapter, to).origin()).isEqualTo(LoadOrigin.FILE);
        }
    }

    @Test
    void weightsThatWereFreedAreNotKept() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var adapter = register(write("mine"), base, to);
            var weights = upload(adapter, to);
            weights.close();
            adapter.keepPacked(weights, to);
            assertThat(files()).isEmpty();
            assertThat(copied(adapter, weights, to)).isEmpty();
        }
    }

    @Test
    void aLoadFromAPackedFileEndsWhenThePaceIsCancelled() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var adapter = register(write("mine"), base, to);
            loadAndKeep(adapter, to);
            UploadPace cancelled =
                    bytes -> {
                        if (bytes > 0) {
                            throw new CancellationException();
                        }
                    };
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> adapter.upload(to, to.reserve(adapter.bytes()), cancelled));
        }
    }

    @Test
    void aResidentAdapterIsCopiedWithTheSameBytes() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            var to = uploader(MANY_BYTES);
            var adapter = register(write("mine"), base, to);
            try (var original = upload(adapter, to);
                    var copy = copied(adapter, original, to).orElseThrow()) {
                assertThat(copy.origin()).isEqualTo(LoadOrigin.MEMORY);
                assertThat(copy.bytes()).isEqualTo(original.bytes());
                assertThat(ledger.taken()).isEqualTo(2 * original.bytes());
                assertThat(content(copy)).isEqualTo(content(original));
            }
        }
    }

    /** An upload's origin, and all bytes of its copy. */
    private record Loaded(LoadOrigin origin, List<Byte> bytes) {}

    private Optional<AdapterWeights> copied(
            RegisteredAdapter adapter, AdapterWeights resident, AdapterUploader to) {
        MemoryReservation memory = to.reserve(adapter.bytes());
        var copy = adapter.copy(resident, to, memory, UploadPace.FULL);
        if (copy.isEmpty()) {
            memory.close();
        }
        return copy;
    }

    private Loaded load(RegisteredAdapter adapter, AdapterUploader to) {
        try (var weights = upload(adapter, to)) {
            return new Loaded(weights.origin(), content(weights));
        }
    }

    private Loaded loadAndKeep(RegisteredAdapter adapter, AdapterUploader to) {
        try (var weights = upload(adapter, to)) {
            adapter.keepPacked(weights, to);
            return new Loaded(weights.origin(), content(weights));
        }
    }

    private static AdapterWeights upload(RegisteredAdapter adapter, AdapterUploader to) {
        return adapter.upload(to, to.reserve(adapter.bytes()), UploadPace.FULL);
    }

    /** Returns the bytes of a copy without the index, which has the adapter's name. */
    private static List<Byte> content(AdapterWeights weights) {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(weights.copyBytes());
            weights.copyOut(bytes);
            var all = bytes.toArray(JAVA_BYTE);
            var list = new ArrayList<Byte>();
            for (byte one : all) {
                list.add(one);
            }
            return list;
        }
    }

    private AdapterUploader uploader(long limit) {
        return new AdapterUploader(
                device,
                WeightPrecision.AUTO,
                ledger,
                PackedAdapters.in(packed.resolve("adapters"), limit));
    }

    /** Registers by a clock by which the files were written an hour ago. */
    private static RegisteredAdapter register(Path folder, BaseModel base, AdapterUploader to) {
        return FolderAdapter.of(
                AdapterName.of(folder),
                folder,
                base,
                to,
                ContentMemo.none(),
                () -> Instant.now().plus(Duration.ofHours(1)));
    }

    private Path write(String name) {
        return write(name, 0x3f800000);
    }

    /** Writes an adapter with a value of its own. */
    private Path write(String name, int bits) {
        var folder = root.resolve(name);
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        var first = tensors.getFirst();
        var elements = new int[Math.toIntExact(first.elements())];
        elements[0] = bits;
        tensors.set(0, AdapterFolders.tensor(first.name(), DType.F32, first.shape(), elements));
        AdapterFolders.write(folder, AdapterFolders.config(), tensors);
        try {
            Files.setLastModifiedTime(
                    folder.resolve("adapter_model.safetensors"), FileTime.fromMillis(++writes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    private Path onlyFile() {
        assertThat(files()).hasSize(1);
        return files().getFirst();
    }

    private List<Path> files() {
        var folder = packed.resolve("adapters");
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".adapter")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(
                    file, bytes, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
