package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The jar in a process of its own, whose address space the kernel limits. What the process maps
 * beyond the limit fails, however little of it is resident.
 */
final class LimitedServer implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("Ready at (\\S+) with model");

    /** Parts of the JVM that would reserve more address space than they use. */
    private static final List<String> JVM =
            List.of(
                    "--add-modules=jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:ActiveProcessorCount=2",
                    "-Xmx256m",
                    "-Xss512k",
                    "-XX:+UseSerialGC",
                    "-XX:ReservedCodeCacheSize=128m",
                    "-XX:CompressedClassSpaceSize=64m");

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path log;
    private final String url;

    /**
     * Starts a server, and returns when it is ready.
     *
     * @param folder for what it writes, its output among it
     * @param addressSpace bytes that it may map
     */
    LimitedServer(Path folder, long addressSpace, List<String> settings) throws IOException {
        log = folder.resolve("log");
        var command = new ArrayList<String>();
        command.addAll(
                List.of("sh", "-c", "ulimit -v " + (addressSpace >> 10) + " && exec \"$@\""));
        command.add("sh");
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(List.of("-jar", System.getProperty("dlora.test.jar"), "--server.port=0"));
        command.addAll(settings);
        var builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Each arena of the C library reserves 64 MB.
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        builder.directory(folder.toFile()); // Where the JVM leaves a dump if it ends so.
        process = builder.start();
        url = awaitReady();
    }

    private String awaitReady() throws IOException {
        await().atMost(2, MINUTES).until(() -> !process.isAlive() || ready().find());
        var ready = ready();
        assertThat(ready.find()).as(output()).isTrue();
        return ready.group(1);
    }

    private Matcher ready() throws IOException {
        return READY.matcher(output());
    }

    /** Returns what the server has logged so far. */
    String output() throws IOException {
        return Files.readString(log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Returns the sum of the series that begin with {@code start}. */
    double metric(String start) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url + "/actuator/prometheus")).build();
        return http.send(request, BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Returns a line of {@code /proc/PID/status} in bytes, such as {@code VmHWM}. */
    long memory(String name) throws IOException {
        try (var lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Asks the server to end, and returns its exit code. */
    int end() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    @Override
    public void close() {
        http.close();
        process.destroyForcibly();
    }
}
