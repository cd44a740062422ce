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
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The jar in a process of its own, which can be killed. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("Ready at (\\S+) with model");

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path log;
    private final String url;

    /**
     * Starts a server, and returns when it is ready.
     *
     * @param log file for its output
     */
    ServerProcess(Path log, List<String> settings) throws IOException {
        this.log = log;
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-jar",
                        System.getProperty("dlora.test.jar"),
                        "--server.port=0"));
        command.addAll(settings);
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        url = awaitReady();
    }

    private String awaitReady() throws IOException {
        await().atMost(5, MINUTES).until(() -> !process.isAlive() || ready().find());
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

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString());
    }

    /** Begins to send JSON. */
    CompletableFuture<HttpResponse<String>> begin(String method, String path, String body) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> send(String method, String path, String body) {
        return begin(method, path, body).join();
    }

    /** Ends the process at once, as SIGKILL does. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
        http.close();
    }
}
