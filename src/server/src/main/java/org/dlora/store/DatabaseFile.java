package org.dlora.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.h2.store.fs.FileUtils;

/**
 * The file of an H2 database, as H2 finds it. A file that could not be written is closed by H2 for
 * good, so it is opened again, once its folder has room.
 *
 * @param name of the database, without H2's suffix
 */
record DatabaseFile(String name) {
    /** Bytes that a folder must have room for; with less the database would soon close again. */
    static final int ROOM = 16 << 20;

    private static final int PIECE = 1 << 20;

    /** Returns the folder, as messages name it. */
    String folder() {
        return FileUtils.getParent(name).replaceFirst("^[a-z]+:(?=/)", "");
    }

    /**
     * Checks that the folder has room, by a file that is deleted at once.
     *
     * @throws IOException if it has not
     */
    void requireRoom() throws IOException {
        var probe = name + ".room";
        try (var channel = FileUtils.open(probe, "rw")) {
            var piece = ByteBuffer.allocate(PIECE);
            for (int written = 0; written < ROOM; written += PIECE) {
                int at = written;
                for (piece.clear(); piece.hasRemaining(); ) {
                    at += channel.write(piece, at);
                }
            }
        } finally {
            FileUtils.tryDelete(probe);
        }
    }
}
