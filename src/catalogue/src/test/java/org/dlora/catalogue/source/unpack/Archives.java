package org.dlora.catalogue.source.unpack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/** Archives of a test, made in memory, with whatever names and kinds it likes. */
public final class Archives {
    private static final int SYMLINK = 0120777;

    private Archives() {}

    /** Writer of the entries. */
    interface Content<T> {
        void write(T to) throws IOException;
    }

    static byte[] zip(Content<ZipArchiveOutputStream> content) {
        var bytes = new SeekableInMemoryByteChannel();
        try (var zip = new ZipArchiveOutputStream(bytes)) {
            content.write(zip);
            zip.finish();
            return Arrays.copyOf(bytes.array(), (int) bytes.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a zip of files by their names. */
    public static byte[] zip(Map<String, byte[]> files) {
        return zip(zip -> {
            for (var file : files.entrySet()) {
                add(zip, file.getKey(), file.getValue());
            }
        });
    }

    static void add(ZipArchiveOutputStream zip, String name, byte[] content) throws IOException {
        zip.putArchiveEntry(new ZipArchiveEntry(name));
        zip.write(content);
        zip.closeArchiveEntry();
    }

    static void link(ZipArchiveOutputStream zip, String name, String target) throws IOException {
        var entry = new ZipArchiveEntry(name);
        entry.setUnixMode(SYMLINK);
        zip.putArchiveEntry(entry);
        zip.write(target.getBytes(UTF_8));
        zip.closeArchiveEntry();
    }

    /** Returns a zip of one symbolic link. */
    public static byte[] zipOfLink(String name, String target) {
        return zip(zip -> link(zip, name, target));
    }

    /** Returns a tar.gz of one symbolic link. */
    public static byte[] tarOfLink(String name, String target) {
        return tarGz(tar -> special(tar, name, TarConstants.LF_SYMLINK, target));
    }

    static byte[] tar(Content<TarArchiveOutputStream> content) {
        var bytes = new ByteArrayOutputStream();
        write(bytes, content);
        return bytes.toByteArray();
    }

    static byte[] tarGz(Content<TarArchiveOutputStream> content) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            write(gzip, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Returns a tar.gz of files by their names. */
    public static byte[] tarGz(Map<String, byte[]> files) {
        return tarGz(tar -> {
            for (var file : files.entrySet()) {
                add(tar, file.getKey(), file.getValue());
            }
        });
    }

    private static void write(OutputStream to, Content<TarArchiveOutputStream> content) {
        try (var tar = new TarArchiveOutputStream(to, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            content.write(tar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        var entry = new TarArchiveEntry(name, true);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    /** Adds GNU's header of a long name, without a file behind it. */
    static void longName(TarArchiveOutputStream tar, int length) throws IOException {
        var entry = new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
        entry.setSize(length);
        tar.putArchiveEntry(entry);
        tar.write("n".repeat(length).getBytes(UTF_8));
        tar.closeArchiveEntry();
    }

    static void special(TarArchiveOutputStream tar, String name, byte type, String target)
            throws IOException {
        var entry = new TarArchiveEntry(name, type);
        entry.setLinkName(target);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }
}
