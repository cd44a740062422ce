package org.dlora.app;

import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.pools.WorkPools;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.device.Device;
import org.dlora.engine.opening.DeviceOpener;
import org.dlora.operate.Administration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** The whole program on a free port, with a model and settings of the test's choosing. */
final class RunningServer implements AutoCloseable {
    /** Float32 throughout, as the reference data was computed. */
    static final String JAVA_ALONE = "--dlora.cpu.native=off";

    static final String WEIGHTS_CACHE = "--dlora.weights-cache=";

    private static final JsonMapper JSON = new JsonMapper();

    private final ConfigurableApplicationContext context;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningServer(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * @param settings further ones, as {@code --name=value}; no weights are cached unless they say
     *     so
     */
    static RunningServer start(Path model, Path adapters, String... settings) {
        return start(_ -> {}, model.toString(), adapters, settings);
    }

    /** Starts the program on a device of the test, which it closes. */
    static RunningServer startOn(Device device, Path model, Path adapters, String... settings) {
        return start(
                context ->
                        context.registerBean(
                                "device",
                                DeviceOpener.class,
                                () -> (_, _) -> device,
                                bean -> bean.setPrimary(true)),
                model.toString(),
                adapters,
                settings);
    }

    /**
     * Starts the program with a hub of the test.
     *
     * @param model a folder, or a repository of the hub
     */
    static RunningServer startWith(
            HubSettings hub, String model, Path adapters, String... settings) {
        return start(
                context ->
                        context.registerBean(
                                "hub", HubSettings.class, () -> hub, bean -> bean.setPrimary(true)),
                model,
                adapters,
                settings);
    }

    /** Starts the program with an exporter of the test for its spans. */
    static RunningServer startTraced(
            SpanExporter exporter, Path model, Path adapters, String... settings) {
        return start(
                context -> context.registerBean("spans", SpanExporter.class, () -> exporter),
                model.toString(),
                adapters,
                settings);
    }

    /** Starts the program at the time of the test. */
    static RunningServer startAt(Clock clock, Path model, Path adapters, String... settings) {
        return start(
                context ->
                        context.registerBean(
                                "time", Clock.class, () -> clock, bean -> bean.setPrimary(true)),
                model.toString(),
                adapters,
                settings);
    }

    private static RunningServer start(
            ApplicationContextInitializer<GenericApplicationContext> initializer,
            String model,
            Path adapters,
            String... settings) {
        var arguments = new ArrayList<String>();
        arguments.add("--server.port=0");
        arguments.add("--dlora.model=" + model);
        arguments.add("--dlora.adapters.roots=" + adapters);
        arguments.add("--dlora.generation-config=ignore");
        var given = List.of(settings);
        if (given.stream().noneMatch(setting -> setting.startsWith(WEIGHTS_CACHE))) {
            arguments.add(WEIGHTS_CACHE + "off");
        }
        arguments.addAll(given);
        return new RunningServer(
                new SpringApplicationBuilder(DloraApplication.class)
                        .initializers(initializer)
                        .run(arguments.toArray(String[]::new)));
    }

    /** Returns the names of all beans. */
    List<String> beanNames() {
        return List.of(context.getBeanDefinitionNames());
    }

    /** Returns what was loaded. */
    ServedModel served() {
        return context.getBean(Serving.class).require();
    }

    /** Returns the services of operators. */
    Administration administration() {
        return context.getBean(Administration.class);
    }

    /** Returns the pools of threads that calls run on. */
    WorkPools pools() {
        return context.getBean(WorkPools.class);
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> put(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Uploads an adapter's archive. */
    HttpResponse<String> upload(String name, String fileName, byte[] archive)
            throws IOException, InterruptedException {
        return http.send(
                UploadForm.request(url(), name, fileName, archive), BodyHandlers.ofString());
    }

    /** Reads a whole streamed answer; completes {@code begun} at its first line. */
    String stream(String path, String body, CompletableFuture<Void> begun)
            throws IOException, InterruptedException {
        try (var lines = lines(path, body).body()) {
            return lines.peek(_ -> begun.complete(null)).collect(Collectors.joining("\n"));
        }
    }

    /** Sends a request; the answer's lines are read as they come. */
    HttpResponse<Stream<String>> lines(String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofLines());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), BodyHandlers.ofString());
    }

    String url() {
        return "http://127.0.0.1:"
                + context.getEnvironment().getRequiredProperty("local.server.port");
    }

    /** Returns the address of the actuator, which has a port of its own. */
    String managementUrl() {
        return "http://127.0.0.1:"
                + context.getEnvironment().getRequiredProperty("local.management.port");
    }

    /** Returns the models that {@code /v1/models} lists. */
    Set<String> models() throws IOException, InterruptedException {
        var answer = http.send(request("/v1/models").build(), BodyHandlers.ofString());
        return JSON.readTree(answer.body())
                .get("data")
                .valueStream()
                .map(model -> model.get("id").asString())
                .collect(Collectors.toSet());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofMinutes(5));
    }

    @Override
    public void close() {
        http.close();
        context.close();
    }
}
