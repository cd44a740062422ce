package org.dlora.catalogue.source.unpack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import org.dlora.catalogue.source.fetch.SourceException;

/** File of an archive whose directory, which is read into memory whole, has a limit. */
final class BoundedChannel implements SeekableByteChannel {
    private static final long DIRECTORY = 16L << 20;

    private final SeekableByteChannel file;
    private long left = DIRECTORY;

    BoundedChannel(SeekableByteChannel file) {
        this.file = file;
    }

    /** Ends the limit: the directory was read. */
    void lift() {
        left = Long.MAX_VALUE;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int count = file.read(into);
        left -= Math.max(0, count);
        if (left < 0) {
            throw SourceException.refused(
                    "The archive's directory has more than %d bytes, as no adapter's has"
                            .formatted(DIRECTORY));
        }
        return count;
    }

    @Override
    public int write(ByteBuffer from) {
        throw new UnsupportedOperationException("archives are only read");
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public SeekableByteChannel position(long next) throws IOException {
        file.position(next);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new UnsupportedOperationException("archives are only read");
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
