package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.device.WeightMatrix;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.Fingerprint;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registration, validation and upload of an adapter's folder. A memo that knows a version nobody
 * computed shows whether values were read: whoever reads them finds another version, or NaN.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FolderAdapterTest {
    private static final String NAME = "mine";
    private static final String PRETENDED = "pretended";
    private static final int NAN = 0x7fc00000;

    @TempDir Path root;
    private final FullDevice device = new FullDevice();
    private final MemoryLedger ledger = new MemoryLedger(1 << 20);
    private final AdapterUploader uploader =
            new AdapterUploader(device, WeightPrecision.AUTO, ledger);
    private final ContentMemo memo = ContentMemo.none();
    private Instant now = Instant.now().plus(Duration.ofHours(1));
    private Path folder;
    private Path weights;
    private BaseModel base;
    private long writes = 1000;

    @BeforeEach
    void open() {
        base = BaseModel.open(AdapterFolders.BASE);
        folder = root.resolve(NAME);
        weights = folder.resolve("adapter_model.safetensors");
        write(AdapterFolders.tensors());
    }

    @AfterEach
    void close() {
        base.close();
        assertThat(ledger.taken()).isZero();
        assertThat(device.bytes()).isZero();
    }

    @Test
    void registrationRefusesAllProblemsOfConfigurationAndHeader() {
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        tensors.set(0, AdapterFolders.tensor(tensors.getFirst().name(), DType.F32, List.of(1L), 0));
        tensors.removeLast();
        write(tensors);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(this::register)
                .satisfies(e -> assertThat(e.problems()).hasSize(2))
                .withMessageContaining("has shape [1], expected")
                .withMessageContaining("is missing");
        write(AdapterFolders.config().put("r", -1), tensors);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(this::register)
                .withMessageContaining("r is -1");
    }

    @Test
    void registrationAcceptsContentThatOnlyValidationRefuses() {
        write(withNan());
        var adapter = register();
        assertThat(adapter.name()).isEqualTo(NAME);
        assertThat(adapter.folder()).isEqualTo(folder);
        assertThat(adapter.version()).isEmpty();
        assertThat(adapter.bytes()).isPositive();
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(adapter::validate)
                .withMessageContaining("holds NaN at element 0");
        assertThat(adapter.version()).isEmpty();
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> upload(adapter));
        assertThat(register().version()).isEmpty();
    }

    @Test
    void versionIsTheLoadersAndComputedOnce() throws IOException {
        var adapter = register();
        assertThat(adapter.validate()).isEqualTo(loaded()).hasSize(64);
        assertThat(adapter.version()).contains(loaded());
        Files.delete(weights);
        assertThat(adapter.validate()).isEqualTo(adapter.version().orElseThrow());
    }

    @Test
    void uploadValidatesFirstAndTakesWhatTheWeightsTake() {
        var adapter = register();
        try (var uploaded = upload(adapter)) {
            assertThat(adapter.version()).contains(loaded());
            assertThat(uploaded.version()).isEqualTo(loaded());
            assertThat(uploaded.name()).isEqualTo(NAME);
            assertThat(uploaded.bytes()).isEqualTo(adapter.bytes()).isEqualTo(device.bytes());
            assertThat(ledger.taken(MemoryUse.ADAPTERS)).isEqualTo(uploaded.bytes());
        }
    }

    @Test
    void knownFilesAreNeitherValidatedNorHashedAgain() {
        write(withNan());
        memo.remember(fingerprint(), PRETENDED);
        var adapter = register();
        assertThat(adapter.version()).contains(PRETENDED);
        assertThat(adapter.validate()).isEqualTo(PRETENDED);
        for (int i = 0; i < 2; i++) {
            try (var uploaded = upload(adapter)) {
                assertThat(uploaded.version()).isEqualTo(PRETENDED);
            }
        }
    }

    @Test
    void validatedFilesAreKnownToTheNextRegistration() {
        assertThat(register().version()).isEmpty();
        register().validate();
        assertThat(memo.version(fingerprint())).contains(loaded());
        assertThat(register().version()).contains(loaded());
        write(AdapterFolders.tensors());
        assertThat(register().version()).isEmpty();
    }

    @Test
    void rememberedVersionsDependOnConfigurationAndBaseModel() throws IOException {
        memo.remember(fingerprint(), PRETENDED);
        assertThat(register().version()).contains(PRETENDED);
        Files.setLastModifiedTime(folder.resolve(AdapterConfig.FILE), FileTime.fromMillis(1));
        assertThat(register().version()).isEmpty();
        memo.remember(Fingerprint.of(files(List.of())).map(Fingerprint::id).orElseThrow(), "other");
        assertThat(register().version()).isEmpty();
    }

    @Test
    void filesWrittenLessThanTwoSecondsAgoAreNotRemembered() {
        var written = written();
        memo.remember(fingerprint(), PRETENDED);
        now = written.plusSeconds(2);
        var adapter = register();
        assertThat(adapter.version()).isEmpty();
        assertThat(adapter.validate()).isEqualTo(loaded());
        assertThat(memo.version(fingerprint())).contains(PRETENDED);
        now = written.plusSeconds(2).plusNanos(1);
        assertThat(register().version()).contains(PRETENDED);
    }

    @Test
    void filesThatSettleLaterAreKnownAfterTheirNextUpload() {
        now = written().plusSeconds(1);
        var adapter = register();
        upload(adapter).close();
        assertThat(memo.version(fingerprint())).isEmpty();
        now = now.plusSeconds(10);
        upload(adapter).close();
        assertThat(memo.version(fingerprint())).contains(loaded());
    }

    @Test
    void filesThatWereOnlyTouchedAreServedAndKnownAgain() throws IOException {
        var adapter = register();
        upload(adapter).close();
        var before = fingerprint();
        Files.setLastModifiedTime(weights, FileTime.fromMillis(1));
        assertThat(fingerprint()).isNotEqualTo(before);
        try (var uploaded = upload(adapter)) {
            assertThat(uploaded.version()).isEqualTo(loaded());
        }
        assertThat(memo.version(fingerprint())).contains(loaded());
    }

    @Test
    void changedContentIsNotServed() {
        var adapter = register();
        var version = adapter.validate();
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        write(tensors.reversed());
        try (var uploaded = upload(adapter)) {
            assertThat(uploaded.version()).as("only the file's order changed").isEqualTo(version);
        }
        tensors.set(0, changed(tensors.getFirst(), 0x3f800000));
        write(tensors);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> upload(adapter))
                .withMessage(
                        "The files in %s have changed since adapter mine was registered; load it again to serve what they hold now"
                                .formatted(folder));
        assertThat(adapter.version()).contains(version);
        assertThat(register().validate()).isNotEqualTo(version);
    }

    @Test
    void adapterWhoseFilesHaveMovedIsValidatedNoMore() throws IOException {
        var adapter = register();
        var version = adapter.validate();
        var moved = adapter.movedTo(Files.move(folder, root.resolve("stored")));
        assertThat(moved.folder()).isEqualTo(root.resolve("stored"));
        assertThat(moved.bytes()).isEqualTo(adapter.bytes());
        assertThat(moved.version()).contains(version);
        try (var uploaded = upload(moved)) {
            assertThat(uploaded.version()).isEqualTo(version);
        }
    }

    /** A store may have other files in the place that the validated ones were to get. */
    @Test
    void otherFilesInThePlaceOfMovedOnesAreNotServed() {
        var adapter = register();
        adapter.validate();
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        tensors.set(0, changed(tensors.getFirst(), 0x3f800000));
        AdapterFolders.write(root.resolve("stored"), AdapterFolders.config(), tensors);
        var moved = adapter.movedTo(root.resolve("stored"));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> upload(moved))
                .withMessageContaining("have changed since");
    }

    @Test
    void changedScaleIsNotServedThoughTensorsAreTheSame() {
        var adapter = register();
        adapter.validate();
        write(AdapterFolders.config().put("lora_alpha", 9), AdapterFolders.tensors());
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> upload(adapter))
                .withMessageContaining("have changed since");
    }

    @Test
    void contentChangedToInvalidOneIsNotServed() {
        var adapter = register();
        adapter.validate();
        write(withNan());
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> upload(adapter))
                .withMessageContaining("NaN");
    }

    @Test
    void missingFilesFailTheUpload() throws IOException {
        var adapter = register();
        adapter.validate();
        Files.delete(weights);
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> upload(adapter));
        write(AdapterFolders.tensors());
        Files.delete(folder.resolve(AdapterConfig.FILE));
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> upload(adapter));
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> upload(registered()));
    }

    @Test
    void fullDeviceGivesEverythingBack() {
        var adapter = register();
        for (int room = 0; room < 4; room++) {
            device.room = room;
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> upload(adapter));
            assertThat(ledger.taken()).isZero();
            assertThat(device.bytes()).isZero();
        }
        device.room = Integer.MAX_VALUE;
        upload(adapter).close();
    }

    @Test
    void paceHearsOfAllMatricesAndMayFail() {
        var adapter = register();
        var advanced = new ArrayList<Long>();
        adapter.upload(uploader, reserve(adapter), advanced::add).close();
        assertThat(advanced).hasSizeGreaterThan(1);
        assertThat(advanced.stream().mapToLong(Long::longValue).sum()).isEqualTo(adapter.bytes());
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        adapter.upload(
                                uploader,
                                reserve(adapter),
                                _ -> {
                                    throw new IllegalStateException("stopped");
                                }))
                .withMessage("stopped");
    }

    @Test
    void filesChangedDuringTheUploadAreNotServed() {
        var adapter = register();
        adapter.validate();
        UploadPace touch = _ -> change(() -> Files.setLastModifiedTime(weights, time(1)));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> adapter.upload(uploader, reserve(adapter), touch))
                .withMessageContaining("was written to while it was read");
        UploadPace cut = _ -> change(() -> Files.write(weights, new byte[0]));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> adapter.upload(uploader, reserve(adapter), cut))
                .withMessageContaining("was cut short while it was read");
    }

    /** The list of adapters asks for versions while others are validated. */
    @Test
    void versionIsAnsweredDuringAValidation() throws InterruptedException {
        var asked = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var slow = new boolean[1];
        var adapter =
                FolderAdapter.of(
                        NAME,
                        folder,
                        base,
                        uploader,
                        memo,
                        () -> {
                            if (slow[0]) {
                                asked.countDown();
                                await(goOn);
                            }
                            return now;
                        });
        slow[0] = true;
        var version = CompletableFuture.supplyAsync(adapter::validate);
        asked.await();
        assertThat(adapter.version()).isEmpty();
        goOn.countDown();
        assertThat(version.join()).isEqualTo(loaded());
        assertThat(adapter.version()).contains(loaded());
    }

    private RegisteredAdapter registered() {
        write(withNan());
        return register();
    }

    private FolderAdapter register() {
        return FolderAdapter.of(NAME, folder, base, uploader, memo, () -> now);
    }

    private MemoryReservation reserve(RegisteredAdapter adapter) {
        return uploader.reserve(adapter.bytes());
    }

    private AdapterWeights upload(RegisteredAdapter adapter) {
        return adapter.upload(uploader, reserve(adapter), UploadPace.FULL);
    }

    private String loaded() {
        try (var adapter = AdapterLoader.load(NAME, folder, base)) {
            return adapter.version();
        }
    }

    private void write(List<Tensor> tensors) {
        write(AdapterFolders.config(), tensors);
    }

    /** Writes files of times that no earlier ones had, however coarse the file system's are. */
    private void write(ObjectNode config, List<Tensor> tensors) {
        AdapterFolders.write(folder, config, tensors);
        change(() -> Files.setLastModifiedTime(weights, time(++writes)));
    }

    private static List<Tensor> withNan() {
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        tensors.set(0, changed(tensors.getFirst(), NAN));
        return tensors;
    }

    /** Returns the tensor with another first element. */
    private static Tensor changed(Tensor tensor, int bits) {
        var elements = new int[Math.toIntExact(tensor.elements())];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = Float.floatToRawIntBits(tensor.getFloat(i));
        }
        elements[0] = bits;
        return AdapterFolders.tensor(tensor.name(), DType.F32, tensor.shape(), elements);
    }

    private String fingerprint() {
        return state().id();
    }

    /** Returns the time of the last change of the adapter's and the base model's files. */
    private Instant written() {
        return state().newest();
    }

    private Fingerprint state() {
        try {
            return Fingerprint.of(files(base.tensors().files())).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files(List<Path> ofBase) {
        var files = new ArrayList<>(List.of(folder.resolve(AdapterConfig.FILE), weights));
        files.addAll(ofBase);
        return files;
    }

    private static FileTime time(long millis) {
        return FileTime.fromMillis(millis);
    }

    @FunctionalInterface
    private interface Change {
        Path make() throws IOException;
    }

    private static void change(Change change) {
        try {
            change.make();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A device with room for a limited number of matrices. */
    private static final class FullDevice extends ForwardingDevice {
        private int room = Integer.MAX_VALUE;

        @Override
        public WeightMatrix matrix(List<Tensor> parts, DType storage) {
            if (room-- == 0) {
                throw new OutOfMemoryError("full");
            }
            return super.matrix(parts, storage);
        }
    }
}
