package org.dlora.catalogue.source;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lock of a folder against other threads and processes. Threads wait at a lock of their own first,
 * because closing a file gives all locks of the process on it back.
 */
final class FolderLock {
    private static final String FILE = ".lock";
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final Path folder;
    private final ReentrantLock threads = new ReentrantLock();

    /** Change that is made under the lock. */
    interface Change<T> {
        T run() throws IOException;
    }

    FolderLock(Path folder) {
        this.folder = folder;
    }

    /** Runs a change while no other runs. */
    <T> T hold(Change<T> change) throws IOException {
        threads.lock();
        try (var channel =
                        FileChannel.open(
                                folder.resolve(FILE),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = lock(channel)) {
            return change.run();
        } finally {
            threads.unlock();
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        while (true) {
            try {
                return channel.lock();
            } catch (OverlappingFileLockException _) {
                // Another store of this process has it, for milliseconds.
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }
}
