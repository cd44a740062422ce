package org.dlora.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the checkout that tests read, wherever in the checkout a test runs. */
public final class TestFiles {
    private static final Path ROOT = findRoot();

    private TestFiles() {}

    private static Path findRoot() {
        if (Files.isDirectory(Path.of("src/testing/data"))) {
            return Path.of("");
        }
        for (var folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("src/testing/data"))) {
                return folder;
            }
        }
        throw new IllegalStateException(
                "%s is in no checkout of dLoRA: expected src/testing/data in a folder above"
                        .formatted(Path.of("").toAbsolutePath()));
    }

    /** Returns the path of a file by its name from the checkout's root, as {@code docs/http.md}. */
    public static Path root(String name) {
        return ROOT.resolve(name);
    }

    /** Returns the folder with reference data of all modules. */
    public static Path data() {
        return root("src/testing/data");
    }

    /** Returns the path of a file or folder of the reference data. */
    public static Path data(String name) {
        return data().resolve(name);
    }

    /** Returns the folder with models, adapters and answers of Hugging Face's libraries. */
    public static Path golden() {
        return data("golden");
    }

    /** Returns the path of a file or folder of {@link #golden()}. */
    public static Path golden(String name) {
        return golden().resolve(name);
    }

    /** Returns the folder of the bundled model and its adapters. */
    public static Path demo() {
        return root("src/app/src/main/resources/demo");
    }

    /** Returns the path of a file or folder of {@link #demo()}. */
    public static Path demo(String name) {
        return demo().resolve(name);
    }
}
