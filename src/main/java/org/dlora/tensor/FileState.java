package org.dlora.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** What tells that somebody wrote to a file while it was mapped. */
record FileState(Path file, long bytes, FileTime modified) {

    /** The state now, which is that of a missing file if there is none. */
    static FileState of(Path file) {
        try {
            return new FileState(file, Files.size(file), Files.getLastModifiedTime(file));
        } catch (IOException _) {
            return new FileState(file, -1, FileTime.fromMillis(0));
        }
    }

    boolean isPast() {
        return !equals(of(file));
    }
}
