package org.dlora.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** Size and modification time of a mapped file, by which a later write to it is noticed. */
record FileState(Path file, long bytes, FileTime modified) {

    /** Returns the present state of {@code file}. A missing file has a state of its own. */
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
