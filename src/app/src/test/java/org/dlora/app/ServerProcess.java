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
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The jar in a process of its own, which can be killed. It starts as a user's does: the server is a
 * child of the launcher, unless a JVM has {@link #ALONE}.
 */
class ServerProcess implements AutoCloseable {
    /** Option of a JVM in which the server can run without a child. */
    static final String ALONE = "--add-modules=jdk.incubator.vector";

    private static final Pattern READY = Pattern.compile("Ready at (\\S+) with model");

    private final Process process;
    private final ProcessHandle server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path log;
    private final String url;

    /**
     * Starts a server, and returns when it is ready.
     *
     * @param log file for its output
     */
    ServerProcess(Path log, List<String> settings) throws IOException {
        this(log, builder(settings));
    }

    /** Starts a server, and returns when it is ready. */
    ServerProcess(Path log, ProcessBuilder builder) throws IOException {
        this.log = log;
        process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            url = awaitReady();
            server = builder.command().contains(ALONE) ? process.toHandle() : child();
        } catch (Throwable e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw e;
        }
    }

    /**
     * Starts a server, and returns when it is ready and {@code condition} has returned. A server
     * whose condition fails is ended.
     *
     * @param condition waits for more, such as {@link #awaitCatalogue}
     */
    static ServerProcess start(Path log, ProcessBuilder builder, Consumer<ServerProcess> condition)
            throws IOException {
        var server = new ServerProcess(log, builder);
        try {
            condition.accept(server);
            return server;
        } catch (Throwable e) {
            server.close();
            throw e;
        }
    }

    /** Starts a server as {@link #start(Path, ProcessBuilder, Consumer)} does. */
    static ServerProcess start(Path log, List<String> settings, Consumer<ServerProcess> condition)
            throws IOException {
        return start(log, builder(settings), condition);
    }

    private static ProcessBuilder builder(List<String> settings) {
        return new ProcessBuilder(command(List.of("-Xmx256m"), settings));
    }

    /**
     * Returns the command of a server on a free port.
     *
     * @param jvm options of the JVM
     */
    static List<String> command(List<String> jvm, List<String> settings) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-jar", System.getProperty("dlora.test.jar"), "--server.port=0"));
        command.addAll(settings);
        return command;
    }

    private ProcessHandle child() {
        var children = process.children().toList();
        assertThat(children).hasSize(1);
        return children.getFirst();
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
    final String output() throws IOException {
        return Files.readString(log);
    }

    final String url() {
        return url;
    }

    /** Returns the id of the server's process. */
    final long pid() {
        return server.pid();
    }

    final HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString());
    }

    /**
     * Waits for the database, which a busy machine opens late, and for what the catalogue has
     * there: only then a change that cannot be made is refused as one.
     */
    final void awaitCatalogue() {
        await().atMost(2, MINUTES).until(() -> get("/admin/audit").statusCode() == 200);
        await().atMost(2, MINUTES)
                .until(() ->
                        send("DELETE", "/admin/adapters/none/versions/1", "").statusCode() == 404);
    }

    /** Begins to send JSON. */
    final CompletableFuture<HttpResponse<String>> begin(String method, String path, String body) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    final HttpResponse<String> send(String method, String path, String body) {
        return begin(method, path, body).join();
    }

    /** Uploads an adapter's archive. */
    final HttpResponse<String> upload(String name, String fileName, byte[] archive)
            throws IOException, InterruptedException {
        return http.send(UploadForm.request(url, name, fileName, archive), BodyHandlers.ofString());
    }

    /** Begins to upload an adapter's archive, which may replace another one. */
    final CompletableFuture<HttpResponse<String>> beginUpload(
            String name, String fileName, byte[] archive) {
        return http.sendAsync(
                UploadForm.request(url, name, true, fileName, archive), BodyHandlers.ofString());
    }

    /** Sends a request whose path may hold what a client has to encode. */
    final HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Returns the sum of the series that begin with {@code start}. */
    final double metric(String start) throws IOException, InterruptedException {
        return series().filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private Stream<String> series() throws IOException, InterruptedException {
        return get("/actuator/prometheus").body().lines();
    }

    final boolean isAlive() {
        return process.isAlive();
    }

    /** Asks the server to end, and returns the exit code of the process that was started. */
    final int end() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    /** Ends the server at once, as SIGKILL does. */
    final void kill() {
        server.destroyForcibly();
        server.onExit().join();
        process.onExit().join();
    }

    @Override
    public final void close() {
        kill();
        http.close();
    }
}
