package org.dlora.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A server whose address space the kernel limits. What the process maps beyond the limit fails,
 * however little of it is resident.
 */
final class LimitedServer extends ServerProcess {
    /**
     * Options that keep the server in the limited process, and limit parts of the JVM that would
     * reserve more address space than they use.
     */
    private static final List<String> JVM =
            List.of(
                    ALONE,
                    "-XX:ActiveProcessorCount=2",
                    "-Xmx256m",
                    "-Xss512k",
                    "-XX:+UseSerialGC",
                    "-XX:ReservedCodeCacheSize=128m",
                    "-XX:CompressedClassSpaceSize=64m");

    /**
     * Starts a server, and returns when it is ready.
     *
     * @param folder for what it writes, its output among it
     * @param addressSpace bytes that it may map
     */
    LimitedServer(Path folder, long addressSpace, List<String> settings) throws IOException {
        super(folder.resolve("log"), limited(folder, addressSpace, settings));
    }

    private static ProcessBuilder limited(Path folder, long addressSpace, List<String> settings) {
        var command = new ArrayList<String>();
        command.addAll(
                List.of("sh", "-c", "ulimit -v " + (addressSpace >> 10) + " && exec \"$@\"", "sh"));
        command.addAll(command(JVM, settings));
        var builder = new ProcessBuilder(command);
        // Each arena of the C library reserves 64 MB.
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        builder.directory(folder.toFile()); // Where the JVM leaves a dump if it ends so.
        return builder;
    }

    /** Returns a line of {@code /proc/PID/status} in bytes, such as {@code VmHWM}. */
    long memory(String name) throws IOException {
        try (var lines = Files.lines(Path.of("/proc", String.valueOf(pid()), "status"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
