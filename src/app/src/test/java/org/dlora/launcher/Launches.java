package org.dlora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Processes that a test starts, which end with it. */
final class Launches {
    private final List<ProcessHandle> started = new ArrayList<>();

    /** Starts a process with one stream of output. */
    Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.redirectErrorStream(true).start();
        started.add(process.toHandle());
        return process;
    }

    /** Ends all processes, and those that they have started. */
    void endAll() {
        started.stream()
                .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process)))
                .toList()
                .forEach(ProcessHandle::destroyForcibly);
    }

    /** Waits for a line of output with {@code part}. */
    static void awaitLine(Process process, String part) throws IOException {
        List<String> seen = new ArrayList<>();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.add(line);
            if (line.contains(part)) {
                return;
            }
        }
        throw new AssertionError("Ended before a line with '" + part + "'; its output was " + seen);
    }

    static ProcessHandle onlyChildOf(Process launcher) {
        List<ProcessHandle> children = launcher.children().toList();
        assertThat(children).as("processes started by the launcher").hasSize(1);
        return children.getFirst();
    }
}
