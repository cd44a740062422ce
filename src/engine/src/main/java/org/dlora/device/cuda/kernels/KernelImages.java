package org.dlora.device.cuda.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compiled kernels, a fatbin for each file of {@code kernels/cuda}: those in the jar, or those of
 * the folder that the system property {@value #FOLDER} names. So a jar that was built without nvcc
 * can be given kernels later.
 */
public final class KernelImages {
    /** System property with the folder of other kernels than those in the jar. */
    public static final String FOLDER = "dlora.cuda.kernels";

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\s*");

    private final @Nullable Path folder;

    private KernelImages(@Nullable Path folder) {
        this.folder = folder;
    }

    /** Returns the kernels that the system property and the jar have. */
    public static KernelImages find() {
        var folder = System.getProperty(FOLDER, "");
        return new KernelImages(folder.isEmpty() ? null : Path.of(folder));
    }

    /** Returns where the kernels are looked for, in words. */
    public String words() {
        return folder == null ? "this jar" : folder.toString();
    }

    /** Returns whether there are kernels. */
    boolean areThere() {
        return read("rows.fatbin") != null;
    }

    /**
     * Returns an image.
     *
     * @throws IllegalStateException if there is none
     */
    byte[] image(String file) {
        var image = read(file + ".fatbin");
        if (image == null) {
            throw new IllegalStateException(
                    "There is no %s.fatbin in %s: expected all kernels of kernels/cuda"
                            .formatted(file, words()));
        }
        return image;
    }

    /**
     * Returns the version of the CUDA that compiled the kernels, such as 13000; empty if unknown.
     */
    OptionalInt toolkit() {
        var text = read("toolkit");
        if (text == null) {
            return OptionalInt.empty();
        }
        var version = VERSION.matcher(new String(text, StandardCharsets.US_ASCII));
        return version.matches()
                ? OptionalInt.of(
                        1000 * Integer.parseInt(version.group(1))
                                + 10 * Integer.parseInt(version.group(2)))
                : OptionalInt.empty();
    }

    private byte @Nullable [] read(String file) {
        try (var content = open(file)) {
            return content == null ? null : content.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable InputStream open(String file) throws IOException {
        if (folder == null) {
            return KernelImages.class.getResourceAsStream("/cuda/" + file);
        }
        var path = folder.resolve(file);
        return Files.exists(path) ? Files.newInputStream(path) : null;
    }
}
