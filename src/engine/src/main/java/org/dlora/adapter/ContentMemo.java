package org.dlora.adapter;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Memory of what was found out about adapters' content, so that a later start need not read all of
 * it again: the version of files that were validated, and the accuracy of merged weights. It is
 * kept in a file. A damaged file, or one that cannot be written, costs time only. Thread-safe.
 *
 * <p>Whoever can write to the file can have an adapter served that was not validated, as whoever
 * can write to the adapter's folder.
 */
public final class ContentMemo {
    private static final System.Logger log = System.getLogger(ContentMemo.class.getName());
    private static final int FORMAT = 1;

    /** Entries of each kind; the oldest are forgotten. */
    private static final int LIMIT = 20_000;

    private final @Nullable Path file;
    private final Map<String, String> versions = new Bounded<>();
    private final Map<String, MergeFidelity> fidelities = new Bounded<>();
    private boolean changed;

    private ContentMemo(@Nullable Path file) {
        this.file = file;
    }

    private static final class Bounded<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > LIMIT;
        }
    }

    /** Returns a memo that ends with the process. */
    public static ContentMemo none() {
        return new ContentMemo(null);
    }

    /**
     * Returns the memo in {@code file}; an empty one if there is none, or if it is damaged.
     *
     * @param file created by {@link #save}, in a folder that exists by then
     */
    public static ContentMemo open(Path file) {
        var memo = new ContentMemo(file);
        if (Files.exists(file)) {
            try {
                memo.read(JsonFile.read(file));
            } catch (LoadException e) {
                log.log(WARNING, "{0} is not used: {1}", file, e.getMessage());
            }
        }
        return memo;
    }

    private void read(ObjectNode json) {
        if (json.path("format").asInt(0) != FORMAT) {
            return;
        }
        json.path("versions")
                .forEachEntry((files, version) -> {
                    if (version.isString()) {
                        versions.putIfAbsent(files, version.asString());
                    }
                });
        json.path("fidelities")
                .forEachEntry((key, value) ->
                        fidelity(value).ifPresent(known -> fidelities.putIfAbsent(key, known)));
    }

    private static Optional<MergeFidelity> fidelity(JsonNode value) {
        return value.path(0).isNumber() && value.path(1).isNumber()
                ? Optional.of(
                        new MergeFidelity(
                                value.path(0).doubleValue(),
                                value.path(1).doubleValue(),
                                value.path(2).asDouble(Double.POSITIVE_INFINITY)))
                : Optional.empty();
    }

    /**
     * Returns the version of validated files.
     *
     * @param files fingerprint of the files and of the base model they were validated against
     */
    synchronized Optional<String> version(String files) {
        return Optional.ofNullable(versions.get(files));
    }

    synchronized void remember(String files, String version) {
        changed |= !version.equals(versions.put(files, version));
    }

    /**
     * Returns the accuracy of an adapter's merged weights.
     *
     * @param key the adapter's version, and all else that the accuracy depends on
     */
    public synchronized Optional<MergeFidelity> fidelity(String key) {
        return Optional.ofNullable(fidelities.get(key));
    }

    /** Remembers the accuracy of an adapter's merged weights. */
    public synchronized void remember(String key, MergeFidelity fidelity) {
        changed |= !fidelity.equals(fidelities.put(key, fidelity));
    }

    /** Writes what is new to the file, beside what other processes have written meanwhile. */
    public synchronized void save() {
        if (file == null || !changed) {
            return;
        }
        try {
            if (Files.exists(file)) {
                read(JsonFile.read(file));
            }
        } catch (LoadException e) {
            log.log(WARNING, "{0} is replaced: {1}", file, e.getMessage());
        }
        try {
            var partial = Files.createTempFile(file.getParent(), "adapters", ".tmp");
            try {
                Files.writeString(partial, json().toString());
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
                changed = false;
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            log.log(WARNING, "{0} cannot be written: {1}", file, e.toString());
        }
    }

    private ObjectNode json() {
        var json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT);
        var byFiles = json.putObject("versions");
        versions.forEach(byFiles::put);
        var byKey = json.putObject("fidelities");
        fidelities.forEach((key, value) -> {
            var numbers = byKey.putArray(key).add(value.survival()).add(value.logitDeviation());
            if (Double.isFinite(value.mixedNoise())) {
                numbers.add(value.mixedNoise());
            }
        });
        return json;
    }
}
