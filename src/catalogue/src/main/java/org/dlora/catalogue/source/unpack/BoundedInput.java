package org.dlora.catalogue.source.unpack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;

/**
 * Stream of unpacked bytes that ends in an error where they are too many: in all, for the archive's
 * size, or between two files.
 */
final class BoundedInput extends FilterInputStream {
    /** Bytes that an archive of any size may have: small files pack well. */
    private static final long FREE = 10L << 20;

    /** Most bytes of a header. Formats have headers that are read into memory whole. */
    private static final long HEADER = 1L << 20;

    private static final int CHUNK = 1 << 16;

    private final long most;
    private final int maxRatio;
    private long bytes;
    private long headerEnd = Long.MAX_VALUE;

    /**
     * @param packed bytes of the archive
     */
    BoundedInput(InputStream in, long packed, UnpackLimits limits) {
        this(in, packed, limits, 0);
    }

    /**
     * @param before unpacked bytes of the archive that came before
     */
    BoundedInput(InputStream in, long packed, UnpackLimits limits, long before) {
        super(in);
        bytes = before;
        maxRatio = limits.maxRatio();
        most = Math.max(FREE, packed * maxRatio);
    }

    /** Begins a header; it ends with {@link #beginContent}. */
    void beginHeader() {
        headerEnd = bytes + HEADER;
    }

    void beginContent() {
        headerEnd = Long.MAX_VALUE;
    }

    /** Returns the unpacked bytes up to here. */
    long bytes() {
        return bytes;
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        count(one < 0 ? 0 : 1);
        return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        count(Math.max(0, count));
        return count;
    }

    /** Skips by reading, so that it is counted. */
    @Override
    public long skip(long count) throws IOException {
        return Math.max(0, read(new byte[(int) Math.min(count, CHUNK)]));
    }

    private void count(int more) {
        bytes += more;
        if (bytes > most) {
            throw new SourceException(
                    Kind.TOO_LARGE,
                    "The archive unpacks to more than %d times its size (dlora.adapters.uploads.max-ratio), as no adapter does"
                            .formatted(maxRatio));
        }
        if (bytes > headerEnd) {
            throw SourceException.refused(
                    "The archive has a header of more than %d bytes, as no adapter has"
                            .formatted(HEADER));
        }
    }
}
