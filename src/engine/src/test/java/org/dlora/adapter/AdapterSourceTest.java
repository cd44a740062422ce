package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterSourceTest {
    private final CpuDevice device = new CpuDevice();
    @TempDir Path folder;
    private Path first;
    private Path second;
    private Path outside;
    private BaseModel base;

    @BeforeEach
    void open() throws IOException {
        first = Files.createDirectory(folder.resolve("first"));
        second = Files.createDirectory(folder.resolve("second"));
        outside = Files.createDirectory(folder.resolve("first-outside"));
        base = BaseModel.open(AdapterFolders.BASE);
    }

    @AfterEach
    void close() {
        base.close();
    }

    @Test
    void findsFoldersBelowTheRootsByAbsoluteOrRelativePath() throws IOException {
        var deep = Files.createDirectories(second.resolve("team/sql")).toRealPath();
        assertThat(source().folder("team/sql")).isEqualTo(deep);
        assertThat(source().folder("./team/../team/sql/")).isEqualTo(deep);
        assertThat(source().folder(deep.toString())).isEqualTo(deep);
    }

    @Test
    void listsFoldersOfAdaptersAndThoseOneLevelBelow() throws IOException {
        for (var place : List.of("first/b", "first/a", "first/a/inside", "second/team/sql")) {
            var made = Files.createDirectories(folder.resolve(place));
            Files.createFile(made.resolve("adapter_config.json"));
        }
        Files.createDirectory(second.resolve("empty"));
        assertThat(source().places()).containsExactly("a", "b", "team/sql");
        assertThat(source().places().map(source()::folder)).allMatch(Files::isDirectory);
    }

    @Test
    void followsLinksBeforeTheCheck() throws IOException {
        var real = Files.createDirectory(second.resolve("real")).toRealPath();
        Files.createSymbolicLink(first.resolve("in"), real);
        Files.createDirectories(first.resolve("deep"));
        Files.createSymbolicLink(first.resolve("deep/out"), outside);
        Files.createSymbolicLink(folder.resolve("root"), second);
        assertThat(source().folder("in")).isEqualTo(real);
        refuses("deep/out");
        var linked =
                new AdapterSource(
                        List.of(folder.resolve("root")), base, uploader(), ContentMemo.none());
        assertThat(linked.folder("real")).isEqualTo(real);
    }

    @Test
    void linkInARootCountsWhereverItLeads() throws IOException {
        var link = Files.createSymbolicLink(first.resolve("out"), outside);
        Files.createDirectory(outside.resolve("deep"));
        var real = outside.toRealPath();
        assertThat(source().folder("out")).isEqualTo(real);
        assertThat(source().folder("./out/")).isEqualTo(real);
        assertThat(source().folder(link.toString())).isEqualTo(real);
        refuses("out/deep");
        refuses("out/..");
        refuses("out/../second");
        refuses("out/../first-outside");
    }

    @Test
    void refusesAllOtherPathsInTheSameWords() throws IOException {
        Files.writeString(first.resolve("file"), "");
        refuses("../first-outside");
        refuses(outside.toString());
        refuses(folder.resolve("missing").toString());
        refuses(first.toString());
        refuses(".");
        refuses("missing");
        refuses("file");
        refuses("a\0b");
        refuses("/");
    }

    @Test
    void refusesEveryPathWithoutRoots() {
        var none = new AdapterSource(List.of(), base, uploader(), ContentMemo.none());
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> none.folder(first.toString()))
                .withMessageContaining("dlora.adapters.roots");
    }

    @Test
    void uploadsUnderTheGivenNameAndFreesAllOnClose() {
        var good =
                AdapterFolders.write(
                        first.resolve("good"), AdapterFolders.config(), AdapterFolders.tensors());
        var adapter = source().validate("mine", good);
        assertThat(device.bytes()).isZero();
        try (var weights = upload(adapter)) {
            assertThat(weights.name()).isEqualTo("mine");
            assertThat(weights.version()).isEqualTo(adapter.version().orElseThrow());
            assertThat(device.bytes()).isPositive().isEqualTo(weights.bytes());
        }
        assertThat(device.bytes()).isZero();
    }

    @Test
    void refusesInTheLoadersWords() throws IOException {
        var bad = Files.createDirectory(first.resolve("bad"));
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> source().validate("mine", bad))
                .withMessageContaining("Adapter 'mine' cannot be loaded from " + bad)
                .withMessageContaining("adapter_config.json: missing from");
        assertThat(device.bytes()).isZero();
    }

    @Test
    void refusesFilesWrittenToBetweenValidationAndUpload() throws IOException {
        var folder =
                AdapterFolders.write(
                        first.resolve("good"), AdapterFolders.config(), AdapterFolders.tensors());
        var file = folder.resolve("adapter_model.safetensors");
        var whole = Files.readAllBytes(file);
        try (var adapter = AdapterLoader.load(folder, base)) {
            Files.write(file, new byte[0]);
            refusesUpload(adapter, "cut short while it was read; load it again");
        }
        Files.write(file, whole);
        try (var adapter = AdapterLoader.load(folder, base)) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(1));
            refusesUpload(adapter, "adapter_model.safetensors: was written to while it was read");
        }
    }

    private AdapterWeights upload(RegisteredAdapter adapter) {
        var to = uploader();
        return adapter.upload(to, to.reserve(adapter.bytes()), UploadPace.FULL);
    }

    private void refusesUpload(Adapter adapter, String why) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> AdapterWeights.upload(adapter, device, WeightPrecision.AUTO))
                .withMessageContaining(why);
        assertThat(device.bytes()).isZero();
    }

    private void refuses(String path) {
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> source().folder(path))
                .withMessageContaining("is no folder below the adapter roots");
    }

    private AdapterUploader uploader() {
        return new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
    }

    private AdapterSource source() {
        return new AdapterSource(List.of(first, second), base, uploader(), ContentMemo.none());
    }
}
