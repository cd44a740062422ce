package org.dlora.catalogue.source.fetch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes to the disk what the system still holds in memory, so that it survives a power cut. */
public final class Durable {
    private Durable() {}

    /** Writes the content of a file. */
    public static void file(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Writes the names in a folder. Windows has no such call, and needs none. */
    public static void folder(Path folder) throws IOException {
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Writes all files of a folder, and their names. */
    public static void content(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.toList()) {
                if (Files.isDirectory(file)) {
                    folder(file);
                } else {
                    file(file);
                }
            }
        }
    }
}
