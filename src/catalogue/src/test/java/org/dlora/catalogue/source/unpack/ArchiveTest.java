package org.dlora.catalogue.source.unpack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest {
    private static final UnpackLimits LIMITS = new UnpackLimits(40 << 20, 1000, 100);
    private static final byte[] CONFIG = "{}".getBytes(UTF_8);
    private static final byte[] WEIGHTS = "weights".getBytes(UTF_8);

    @TempDir Path home;
    private Path folder;

    @BeforeEach
    void create() throws IOException {
        folder = Files.createDirectory(home.resolve("folder"));
    }

    private static Map<String, byte[]> files(String prefix) {
        var files = new LinkedHashMap<String, byte[]>();
        files.put(prefix + "README.md", "hello".getBytes(UTF_8));
        files.put(prefix + "adapter_config.json", CONFIG);
        files.put(prefix + "adapter_model.safetensors", WEIGHTS);
        files.put(prefix + "tokenizer/inner/tokenizer.json", CONFIG);
        return files;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "./", "my adapter/", "Адаптер/"})
    void unpacksTheAdapterAtTheRootOrOneLevelDown(String prefix) throws IOException {
        for (var archive : List.of(Archives.zip(files(prefix)), Archives.tarGz(files(prefix)))) {
            deleteBelow(folder);
            var adapter = unpack(archive);
            assertThat(names(adapter))
                    .containsExactly("adapter_config.json", "adapter_model.safetensors");
            assertThat(adapter.resolve("adapter_model.safetensors")).hasBinaryContent(WEIGHTS);
        }
    }

    @Test
    void unpacksAPlainTar() throws IOException {
        var tar = Archives.tar(to -> Archives.add(to, "adapter_config.json", CONFIG));
        assertThat(names(unpack(tar))).containsExactly("adapter_config.json");
    }

    @Test
    void filesOfOtherFormatsAreRefused() {
        refuses(new byte[0], Kind.REFUSED, "neither a zip nor a tar.gz");
        refuses(
                "<html>no</html>".getBytes(UTF_8),
                Kind.REFUSED,
                "it begins with \"<html>no</html>\"");
    }

    @Test
    void refusesNamesThatLeadOut() {
        for (var name :
                List.of(
                        "../adapter_config.json",
                        "a/../../adapter_config.json",
                        "/etc/adapter_config.json",
                        "C:/adapter_config.json",
                        "..\\adapter_config.json",
                        "a\nb")) {
            refuses(Archives.tarGz(Map.of(name, CONFIG)), Kind.REFUSED, "The file name");
        }
        for (var name : List.of("../adapter_config.json", "/etc/adapter_config.json")) {
            refuses(Archives.zip(Map.of(name, CONFIG)), Kind.REFUSED, "The file name");
        }
        assertThat(home).isDirectoryNotContaining(file -> file.endsWith("adapter_config.json"));
    }

    @Test
    void refusesLinksDevicesAndPipes() {
        var words = "is a link, a device or a sparse file";
        refuses(
                Archives.zip(zip -> Archives.link(zip, "adapter_config.json", "/etc/passwd")),
                Kind.REFUSED,
                words);
        for (byte type :
                new byte[] {
                    TarConstants.LF_SYMLINK,
                    TarConstants.LF_LINK,
                    TarConstants.LF_CHR,
                    TarConstants.LF_BLK,
                    TarConstants.LF_FIFO
                }) {
            refuses(
                    Archives.tarGz(tar ->
                            Archives.special(tar, "adapter_config.json", type, "/etc/passwd")),
                    Kind.REFUSED,
                    words);
        }
    }

    @Test
    void refusesAZipThatUnpacksToMuchMore() {
        var bomb =
                Archives.zip(zip -> {
                    for (int i = 0; i < 12; i++) {
                        Archives.add(zip, "w" + i + ".safetensors", new byte[1 << 20]);
                    }
                });
        refuses(bomb, Kind.TOO_LARGE, "unpacks to more than 100 times its size");
    }

    @Test
    void refusesATarThatUnpacksToMuchMoreAlsoInWhatIsNotKept() {
        var bomb = Archives.tarGz(tar -> Archives.add(tar, "notes.txt", new byte[12 << 20]));
        refuses(bomb, Kind.TOO_LARGE, "unpacks to more than 100 times its size");
    }

    @Test
    void refusesMoreBytesThanAllowed() {
        var noise = new byte[2 << 20];
        new Random(1).nextBytes(noise);
        var limits = new UnpackLimits(3 << 20, 1000, 100);
        var twice = Map.of("a.safetensors", noise, "b.safetensors", noise);
        for (var archive : List.of(Archives.zip(twice), Archives.tarGz(twice))) {
            refuses(archive, limits, Kind.TOO_LARGE, "more than 3145728 bytes together");
        }
    }

    @Test
    void refusesTenThousandEntries() {
        var zip =
                Archives.zip(to -> {
                    for (int i = 0; i < 10_000; i++) {
                        Archives.add(to, "f" + i, new byte[0]);
                    }
                });
        var tar =
                Archives.tarGz(to -> {
                    for (int i = 0; i < 10_000; i++) {
                        Archives.add(to, "f" + i, new byte[0]);
                    }
                });
        refuses(zip, Kind.TOO_LARGE, "more than 1000 files and folders");
        refuses(tar, Kind.TOO_LARGE, "more than 1000 files and folders");
    }

    @Test
    void refusesAHeaderOfTheTarThatWouldFillTheMemory() {
        // A name of 5 MB, which lies in a header that is read whole.
        var tar = Archives.tarGz(to -> Archives.longName(to, 5 << 20));
        refuses(tar, Kind.REFUSED, "a header of more than 1048576 bytes");
    }

    @Test
    void refusesADirectoryOfTheZipThatWouldFillTheMemory() {
        var zip =
                Archives.zip(to -> {
                    for (int i = 0; i < 300; i++) {
                        Archives.add(to, i + "n".repeat(60_000), new byte[0]);
                    }
                });
        refuses(zip, Kind.REFUSED, "directory has more than 16777216 bytes");
    }

    @Test
    void refusesNamesThatAreThereTwice() {
        var words = "is there twice";
        refuses(
                Archives.tarGz(tar -> {
                    Archives.add(tar, "adapter_config.json", CONFIG);
                    Archives.add(tar, "./adapter_config.json", CONFIG);
                }),
                Kind.REFUSED,
                words);
        refuses(
                Archives.zip(zip -> {
                    Archives.add(zip, "A/adapter_config.json", CONFIG);
                    Archives.add(zip, "a/adapter_config.json", CONFIG);
                }),
                Kind.REFUSED,
                words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"adapter_model.bin", "a/b/c/training_args.bin", "optimizer.PT", "x.pkl"})
    void refusesPickles(String name) {
        refuses(Archives.zip(Map.of(name, CONFIG)), Kind.REFUSED, "is a Python pickle");
        refuses(Archives.tarGz(Map.of(name, CONFIG)), Kind.REFUSED, "is a Python pickle");
    }

    @Test
    void refusesAnArchiveWithoutAnAdapterOrWithSeveral() {
        refuses(
                Archives.zip(Map.of("a/b/adapter_config.json", CONFIG)),
                Kind.REFUSED,
                "There is no adapter_config.json");
        refuses(
                Archives.zip(
                        Map.of("a/adapter_config.json", CONFIG, "b/adapter_config.json", CONFIG)),
                Kind.REFUSED,
                "There are 2 adapters");
    }

    @Test
    void refusesNamesThatNoFileSystemTakes() {
        refuses(
                Archives.tarGz(Map.of("я".repeat(200) + "/x", CONFIG)),
                Kind.REFUSED,
                "longer than the 255 bytes");
    }

    @Test
    void damageIsAnErrorInWordsWhereverItIs() {
        for (var whole : List.of(Archives.zip(files("")), Archives.tarGz(files("")))) {
            var random = new Random(7);
            for (int i = 0; i < 200; i++) {
                var damaged = whole.clone();
                for (int j = 0; j <= i % 4; j++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                unpackOrRefuse(damaged, i);
            }
            for (int length = 0; length < whole.length; length += 37) {
                unpackOrRefuse(Arrays.copyOf(whole, length), -length);
            }
        }
    }

    private void unpackOrRefuse(byte[] damaged, int number) {
        try {
            var target = Files.createDirectories(home.resolve("damaged" + number));
            deleteBelow(target);
            unpack(damaged, target, LIMITS);
        } catch (SourceException e) {
            assertThat(e).hasMessageNotContaining("null");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteBelow(Path target) throws IOException {
        try (var files = Files.walk(target)) {
            for (var file :
                    files.filter(one -> !one.equals(target))
                            .sorted(Comparator.reverseOrder())
                            .toList()) {
                Files.delete(file);
            }
        }
    }

    private void refuses(byte[] archive, Kind kind, String words) {
        refuses(archive, LIMITS, kind, words);
    }

    private void refuses(byte[] archive, UnpackLimits limits, Kind kind, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> {
                    deleteBelow(folder);
                    unpack(archive, folder, limits);
                })
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private Path unpack(byte[] archive) throws IOException {
        return unpack(archive, folder, LIMITS);
    }

    private Path unpack(byte[] archive, Path into, UnpackLimits limits) throws IOException {
        var file = Files.write(home.resolve("archive"), archive);
        var draft = new AdapterDraft(into, limits, new Transfer());
        Archive.unpack(file, draft, limits);
        return draft.adapter();
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }
}
