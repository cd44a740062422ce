package org.dlora.catalogue.source.unpack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;

/**
 * A folder that an adapter's files are written to, one after another. Names and sizes are those of
 * a stranger: files at the root and one level down are kept if an adapter may have them, others are
 * read past. No name of a stranger's folder reaches the disk. One thread uses it.
 */
public final class AdapterDraft {
    private static final String ROOT = "";

    private final Path folder;
    private final UnpackLimits limits;
    private final Transfer transfer;
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Path> folders = new LinkedHashMap<>();
    private int entries;
    private long bytes;

    /**
     * @param folder exists and is empty; the caller removes it
     */
    public AdapterDraft(Path folder, UnpackLimits limits, Transfer transfer) {
        this.folder = folder;
        this.limits = limits;
        this.transfer = transfer;
    }

    /**
     * Begins a file.
     *
     * @param name a path with slashes, relative to the root
     * @return takes the file's bytes; those of a file that is not kept are only counted. It throws
     *     a {@link SourceException} past the limit of bytes
     * @throws SourceException if the name is not allowed or was there before, if it is a pickle, or
     *     past the limit of entries
     */
    public OutputStream file(String name) {
        var entry = entry(name);
        if (entry.parts().isEmpty()) {
            throw SourceException.refused(
                    "A file has the name %s, which is that of a folder".formatted(Quotes.of(name)));
        }
        if (!seen.add(entry.key())) {
            throw SourceException.refused(
                    "The file name %s is there twice, or differs from another in upper and lower case only"
                            .formatted(Quotes.of(name)));
        }
        if (AdapterFiles.isPickle(entry.file())) {
            throw SourceException.refused(
                    "%s is a Python pickle, which can run code and is never read; leave it out, and save weights by safetensors.torch.save_file"
                            .formatted(Quotes.of(name)));
        }
        if (entry.parts().size() > 2 || !AdapterFiles.isKept(entry.file())) {
            return new Bounded(OutputStream.nullOutputStream());
        }
        try {
            return new Bounded(
                    Files.newOutputStream(
                            parent(entry).resolve(entry.file()),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private SourceException unwritable(IOException cause) {
        transfer.goOn();
        return SourceException.storage("The adapter's files cannot be written", cause);
    }

    /**
     * Notes a folder, which may be there several times.
     *
     * @throws SourceException as {@link #file}
     */
    public void folder(String name) {
        var _ = entry(name);
    }

    private EntryName entry(String name) {
        transfer.goOn();
        if (++entries > limits.maxEntries()) {
            throw new SourceException(
                    Kind.TOO_LARGE,
                    "There are more than %d files and folders (dlora.adapters.uploads.max-entries); an adapter has a few"
                            .formatted(limits.maxEntries()));
        }
        return EntryName.parse(name);
    }

    private Path parent(EntryName entry) throws IOException {
        var name = entry.parts().size() == 1 ? ROOT : entry.parts().getFirst();
        var known = folders.get(name);
        if (known != null) {
            return known;
        }
        var created = Files.createDirectory(folder.resolve(String.valueOf(folders.size())));
        folders.put(name, created);
        return created;
    }

    /**
     * Returns the folder of the adapter: the root, or the one folder below it that has a
     * configuration.
     *
     * @throws SourceException if there is none, or more than one
     */
    public Path adapter() {
        var root = folders.get(ROOT);
        if (root != null && hasConfig(root)) {
            return root;
        }
        var found =
                folders.entrySet().stream().filter(entry -> hasConfig(entry.getValue())).toList();
        if (found.size() > 1) {
            throw SourceException.refused(
                    "There are %d adapters, in %s and %s; send one at a time"
                            .formatted(
                                    found.size(),
                                    Quotes.of(found.get(0).getKey()),
                                    Quotes.of(found.get(1).getKey())));
        }
        return Optional.of(found)
                .filter(one -> !one.isEmpty())
                .map(one -> one.getFirst().getValue())
                .orElseThrow(() ->
                        SourceException.refused(
                                "There is no %s, neither at the root nor in a folder there; expected the files that PEFT's save_pretrained writes"
                                        .formatted(AdapterFiles.CONFIG)));
    }

    private static boolean hasConfig(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterFiles.CONFIG));
    }

    /** Stream that counts against the limit of all files together. */
    private final class Bounded extends OutputStream {
        private final OutputStream out;

        Bounded(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] chunk, int offset, int length) {
            transfer.goOn();
            bytes += length;
            if (bytes > limits.maxBytes()) {
                throw new SourceException(
                        Kind.TOO_LARGE,
                        "The files have more than %d bytes together (dlora.adapters.uploads.max-size)"
                                .formatted(limits.maxBytes()));
            }
            try {
                out.write(chunk, offset, length);
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        @Override
        public void close() {
            try {
                out.close();
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }
}
