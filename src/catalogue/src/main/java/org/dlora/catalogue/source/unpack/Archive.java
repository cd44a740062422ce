package org.dlora.catalogue.source.unpack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;

/** An archive of a PEFT folder: zip, tar.gz or tar. Its content says which, not its name. */
public final class Archive {
    private static final Pattern NAME = Pattern.compile("(?s).*\\.(zip|tar|tar\\.gz|tgz)");
    private static final int CHUNK = 1 << 16;
    private static final int MAGIC = 262;
    private static final int TAR_AT = 257;

    private Archive() {}

    /** Returns whether a file of that name is meant as an archive. */
    public static boolean isOne(String name) {
        return NAME.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    /**
     * Unpacks {@code file}.
     *
     * @throws SourceException if it is no such archive, damaged, or has what no adapter has; {@code
     *     draft} then has some of its files
     * @throws IOException if the disk fails
     */
    public static void unpack(Path file, AdapterDraft draft, UnpackLimits limits)
            throws IOException {
        byte[] magic;
        try (var in = Files.newInputStream(file)) {
            magic = in.readNBytes(MAGIC);
        }
        if (begins(magic, 0, 'P', 'K')) {
            unzip(file, draft, limits);
        } else if (begins(magic, 0, 0x1f, 0x8b)) {
            try (var in = open(file);
                    var unpacked =
                            GzipCompressorInputStream.builder()
                                    .setInputStream(in)
                                    .setDecompressConcatenated(true)
                                    .get()) {
                untar(unpacked, Files.size(file), draft, limits);
            } catch (IOException e) {
                throw damaged(e);
            }
        } else if (begins(magic, TAR_AT, 'u', 's', 't', 'a', 'r')) {
            try (var in = open(file)) {
                untar(in, Files.size(file), draft, limits);
            } catch (IOException e) {
                throw damaged(e);
            }
        } else {
            throw SourceException.refused(
                    "The file is neither a zip nor a tar.gz: it begins with %s"
                            .formatted(Quotes.of(shown(magic))));
        }
    }

    private static String shown(byte[] magic) {
        return new String(magic, 0, Math.min(16, magic.length), US_ASCII);
    }

    private static boolean begins(byte[] magic, int at, int... expected) {
        if (magic.length < at + expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if ((magic[at + i] & 0xff) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private static InputStream open(Path file) throws IOException {
        return new BufferedInputStream(Files.newInputStream(file), CHUNK);
    }

    private static SourceException damaged(IOException e) {
        return SourceException.refused(
                "The archive is damaged, or cannot be unpacked: "
                        + (e instanceof EOFException ? "it ends early" : e.getMessage()));
    }

    private static void untar(InputStream in, long packed, AdapterDraft draft, UnpackLimits limits)
            throws IOException {
        var bounded = new BoundedInput(in, packed, limits);
        try (var tar = new TarArchiveInputStream(bounded, "UTF-8")) {
            while (true) {
                bounded.beginHeader();
                var entry = tar.getNextEntry();
                bounded.beginContent();
                if (entry == null) {
                    return;
                }
                untar(tar, entry, draft);
            }
        }
    }

    private static void untar(TarArchiveInputStream tar, TarArchiveEntry entry, AdapterDraft draft)
            throws IOException {
        if (entry.isDirectory()) {
            draft.folder(entry.getName());
        } else if (entry.isFile()
                && !entry.isLink()
                && !entry.isSymbolicLink()
                && !entry.isSparse()
                && !entry.isCharacterDevice()
                && !entry.isBlockDevice()
                && !entry.isFIFO()) {
            copy(tar, entry.getName(), draft);
        } else {
            throw unusual(entry.getName());
        }
    }

    private static void unzip(Path file, AdapterDraft draft, UnpackLimits limits)
            throws IOException {
        var channel = new BoundedChannel(Files.newByteChannel(file));
        try (channel;
                var zip =
                        ZipFile.builder()
                                .setSeekableByteChannel(channel)
                                .setIgnoreLocalFileHeader(true)
                                .get()) {
            channel.lift();
            long packed = Files.size(file);
            long before = 0;
            var entries = zip.getEntriesInPhysicalOrder();
            while (entries.hasMoreElements()) {
                before = unzip(zip, entries.nextElement(), draft, limits, packed, before);
            }
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    /** Returns the bytes of this entry and those before. */
    private static long unzip(
            ZipFile zip,
            ZipArchiveEntry entry,
            AdapterDraft draft,
            UnpackLimits limits,
            long packed,
            long before)
            throws IOException {
        if (entry.isUnixSymlink() || isSpecial(entry)) {
            throw unusual(entry.getName());
        }
        if (entry.isDirectory()) {
            draft.folder(entry.getName());
            return before;
        }
        if (!zip.canReadEntryData(entry)) {
            throw new ZipException(
                    "%s is encrypted, or packed by an unusual method"
                            .formatted(Quotes.of(entry.getName())));
        }
        try (var in = zip.getInputStream(entry);
                var bounded = new BoundedInput(in, packed, limits, before)) {
            copy(bounded, entry.getName(), draft);
            return bounded.bytes();
        }
    }

    private static void copy(InputStream in, String name, AdapterDraft draft) throws IOException {
        var chunk = new byte[CHUNK];
        try (var out = draft.file(name)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                out.write(chunk, 0, count);
            }
        }
    }

    /** Returns whether it is a device or a pipe by its mode in Unix. */
    private static boolean isSpecial(ZipArchiveEntry entry) {
        int type = entry.getUnixMode() & 0170000;
        return type != 0 && type != 0100000 && type != 0040000;
    }

    private static SourceException unusual(String name) {
        return SourceException.refused(
                "%s is a link, a device or a sparse file; an adapter has plain files only"
                        .formatted(Quotes.of(name)));
    }
}
