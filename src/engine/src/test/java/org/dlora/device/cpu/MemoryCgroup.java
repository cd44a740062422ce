package org.dlora.device.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A control group of Linux with a limit on memory, for processes of a test. Only root may make one,
 * and only where the hierarchy is writable, which it is in few containers.
 */
final class MemoryCgroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final Path folder;

    private MemoryCgroup(Path folder) {
        this.folder = folder;
    }

    /** Makes a group; empty if this process may not, or the system has no such groups. */
    static Optional<MemoryCgroup> create(long limit) {
        var name = "dlora-test-" + ProcessHandle.current().pid();
        return make(ROOT.resolve("memory").resolve(name), "memory.limit_in_bytes", limit)
                .or(() -> make(ROOT.resolve(name), "memory.max", limit));
    }

    private static Optional<MemoryCgroup> make(Path folder, String file, long limit) {
        var group = new MemoryCgroup(folder);
        try {
            Files.createDirectory(folder);
            if (Files.exists(folder.resolve(file))) {
                Files.writeString(folder.resolve(file), String.valueOf(limit));
                return Optional.of(group);
            }
        } catch (IOException _) {
            // Version 1 or 2 is not there, or read-only.
        }
        group.close();
        return Optional.empty();
    }

    /** Runs a command in the group, and returns its output. */
    String run(List<String> command) throws IOException, InterruptedException {
        var inside =
                new ProcessBuilder("sh", "-c", "echo $$ > \"$0\" && exec \"$@\"")
                        .redirectErrorStream(true);
        inside.command().add(folder.resolve("cgroup.procs").toString());
        inside.command().addAll(command);
        var process = inside.start();
        try {
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor(1, TimeUnit.MINUTES);
            return output;
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    @Override
    public void close() {
        var _ = folder.toFile().delete(); // Its files are the kernel's and go with it.
    }
}
