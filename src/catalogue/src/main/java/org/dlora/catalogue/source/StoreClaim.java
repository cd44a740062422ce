package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.dlora.catalogue.source.fetch.Durable;

/**
 * The catalogue that a store belongs to: the first one that claims it. A store that two have
 * claimed belongs to none, as neither knows what the other references.
 */
final class StoreClaim {
    private static final String FILE = ".catalogue";
    private static final String SEVERAL = "several";

    private StoreClaim() {}

    /**
     * Claims a store, whose lock the caller holds.
     *
     * @return whether it belongs to {@code catalogue}
     */
    static boolean claim(Path store, String catalogue) throws IOException {
        var owner = owner(store);
        if (owner.equals(catalogue)) {
            return true;
        }
        boolean isFree = owner.isEmpty();
        if (!owner.equals(SEVERAL)) {
            write(store, isFree ? catalogue : SEVERAL);
        }
        return isFree;
    }

    private static String owner(Path store) throws IOException {
        try {
            return Files.readString(store.resolve(FILE)).strip();
        } catch (NoSuchFileException _) {
            return "";
        }
    }

    private static void write(Path store, String owner) throws IOException {
        var next = store.resolve(FILE + ".new");
        Files.writeString(next, owner + "\n");
        Durable.file(next);
        Files.move(
                next,
                store.resolve(FILE),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        Durable.folder(store);
    }
}
