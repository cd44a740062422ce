package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;

/**
 * Program that puts folders into a store and takes some away until it is killed. A folder's name
 * can be found from its content. It prints a line for each folder that is in its place.
 */
final class StoreVictim {
    static final int FILES = 3;

    private StoreVictim() {}

    public static void main(String[] args) throws Exception {
        var random = new Random(Long.parseLong(args[1]));
        try (var store = new ContentStore(Path.of(args[0]))) {
            var kept = new ArrayList<String>();
            while (true) {
                var staged = store.stage();
                for (int i = 0; i < FILES; i++) {
                    var content = new byte[1 + random.nextInt(20_000)];
                    random.nextBytes(content);
                    Files.write(staged.resolve("file" + i), content);
                }
                var hash = hash(staged);
                try (var stored = store.publish(staged, hash, _ -> true)) {
                    if (random.nextInt(3) > 0) {
                        stored.keep();
                        System.out.println(hash);
                        kept.add(hash);
                    }
                }
                if (random.nextInt(4) == 0 && !kept.isEmpty()) {
                    remove(store, kept.removeLast());
                }
            }
        }
    }

    /** Removes a folder, and notes that before in a file, which outlasts a kill. */
    private static void remove(ContentStore store, String hash) throws Exception {
        Files.writeString(
                notes(store.folder()),
                hash + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        var others = new HashSet<>(store.hashes());
        others.remove(hash);
        store.removeUnreferenced("mine", () -> others);
    }

    private static Path notes(Path folder) {
        return folder.resolveSibling("removed");
    }

    /** Returns the hashes of folders that were removed, or were about to be. */
    static Set<String> removed(Path folder) throws Exception {
        return Files.exists(notes(folder))
                ? Set.copyOf(Files.readAllLines(notes(folder)))
                : Set.of();
    }

    static String hash(Path folder) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < FILES; i++) {
            var content = Files.readAllBytes(folder.resolve("file" + i));
            digest.update("%d:".formatted(content.length).getBytes(UTF_8));
            digest.update(content);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
