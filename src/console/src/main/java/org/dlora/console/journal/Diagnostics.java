package org.dlora.console.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dlora.api.web.HttpSettings;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.engine.SchedulingReport;
import org.dlora.operate.Administration;
import org.dlora.replica.RecordedStep;
import org.springframework.stereotype.Component;

/**
 * Maker of a zip of text files by which somebody else can see what a server does: versions,
 * settings, the last decisions, threads, metrics and the log. All of it passes {@link Redaction}.
 */
@Component
final class Diagnostics {
    private static final int STEPS = 256;
    private static final int FRAMES = 40;

    private final Administration administration;
    private final SettingsReport settings;
    private final Redaction redaction;
    private final LogLines log;
    private final MeterRegistry metrics;
    private final HttpSettings http;

    Diagnostics(
            Administration administration,
            SettingsReport settings,
            Redaction redaction,
            LogLines log,
            MeterRegistry metrics,
            HttpSettings http) {
        this.administration = administration;
        this.settings = settings;
        this.redaction = redaction;
        this.log = log;
        this.metrics = metrics;
        this.http = http;
    }

    /** Returns the zip. */
    byte[] zip() {
        var files = new LinkedHashMap<String, String>();
        files.put("version.txt", version());
        files.put("settings.txt", settings.text());
        files.put("replicas.txt", administration.isReady() ? replicas() : "No model is ready.\n");
        files.put("decisions.txt", administration.isReady() ? decisions() : "");
        files.put("threads.txt", threads());
        files.put("metrics.txt", meters());
        files.put("log.txt", lines());
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes, UTF_8)) {
            for (var file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(redaction.hide(file.getValue()).getBytes(UTF_8));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private String version() {
        var runtime = ManagementFactory.getRuntimeMXBean();
        var machine = Runtime.getRuntime();
        return """
        dLoRA %s
        Time: %s
        Up for: %d s
        Java: %s (%s)
        System: %s %s, %s
        Processors: %d
        Heap: %d bytes of %d
        Flags: %s
        """
                .formatted(
                        http.version(),
                        Instant.now(),
                        runtime.getUptime() / 1000,
                        System.getProperty("java.runtime.version"),
                        System.getProperty("java.vendor"),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch"),
                        machine.availableProcessors(),
                        machine.totalMemory() - machine.freeMemory(),
                        machine.maxMemory(),
                        flags(runtime.getInputArguments()));
    }

    /** Returns the flags of the JVM; values of secret properties are left out. */
    private static String flags(List<String> arguments) {
        return arguments.stream()
                .map(argument -> {
                    int equals = argument.indexOf('=');
                    return equals > 0 && Redaction.isSecret(argument.substring(0, equals))
                            ? argument.substring(0, equals + 1) + Redaction.HIDDEN
                            : argument;
                })
                .collect(Collectors.joining(" "));
    }

    private String replicas() {
        var words = new StringBuilder();
        words.append("Model %s\n".formatted(administration.models().servedName()));
        words.append(
                "%d adapters are registered.\n"
                        .formatted(administration.models().adapters().size()));
        for (var one :
                administration.read(open -> open.replicas().replicas(), List.<ReplicaReport>of())) {
            words.append(
                    "Replica %s: %s, reason %s, since %s, memory %s, %s, %d resident adapters, %d requests\n"
                            .formatted(
                                    one.id(),
                                    one.condition().state().label(),
                                    one.condition().reason(),
                                    one.condition().since(),
                                    one.memory(),
                                    one.load(),
                                    one.adapters().size(),
                                    one.requests().size()));
        }
        return words.toString();
    }

    private String decisions() {
        var words = new StringBuilder();
        if (administration.isOpen()) {
            var service = administration.scheduling();
            service.scheduling(STEPS).forEach(report -> steps(words, report));
            words.append("\nDispatches, the newest first\n");
            for (var one : service.dispatch(STEPS)) {
                words.append(
                        "%s %s: %s\n"
                                .formatted(one.request(), one.model(), one.decision().reasons()));
            }
        }
        words.append("\nMoves, the newest first\n");
        administration
                .read(open -> open.migrations().history(), List.<MigrationRecord>of())
                .forEach(move -> words.append(move).append('\n'));
        return words.toString();
    }

    private static void steps(StringBuilder words, SchedulingReport report) {
        words.append(
                "\nReplica %s, policy %s, %s\nSteps, the newest first\n"
                        .formatted(report.replica(), report.policy(), report.merge()));
        for (RecordedStep step : report.steps()) {
            words.append(
                    "%d: %.3f s ago, %.4f s (predicted %.4f s), %s, %d sequences, %d rows: %s\n"
                            .formatted(
                                    step.number(),
                                    report.now() - step.at(),
                                    step.seconds(),
                                    step.predicted(),
                                    step.kind(),
                                    step.sequences(),
                                    step.rows(),
                                    step.decision().why()));
        }
    }

    private static String threads() {
        return Thread.getAllStackTraces().entrySet().stream()
                .sorted(
                        Comparator.comparing((Map.Entry<Thread, StackTraceElement[]> entry) ->
                                entry.getKey().getName()))
                .map(entry -> thread(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining("\n"));
    }

    private static String thread(Thread thread, StackTraceElement[] stack) {
        var words = new StringBuilder("\"%s\" %s\n".formatted(thread.getName(), thread.getState()));
        for (int i = 0; i < Math.min(FRAMES, stack.length); i++) {
            words.append("    at ").append(stack[i]).append('\n');
        }
        return words.toString();
    }

    private String meters() {
        return metrics.getMeters().stream()
                .map(Diagnostics::meter)
                .sorted()
                .collect(Collectors.joining());
    }

    private static String meter(Meter meter) {
        var id = meter.getId();
        var name =
                id.getName()
                        + id.getTags().stream()
                                .map(tag -> tag.getKey() + "=\"" + tag.getValue() + "\"")
                                .collect(Collectors.joining(",", "{", "}"));
        var words = new StringBuilder();
        for (var measured : meter.measure()) {
            words.append(
                    "%s %s %s\n"
                            .formatted(
                                    name,
                                    measured.getStatistic().getTagValueRepresentation(),
                                    measured.getValue()));
        }
        return words.toString();
    }

    private String lines() {
        return log.last("TRACE", "", LogLines.KEPT).reversed().stream()
                .map(line ->
                        "%s %-5s [%s] %s: %s\n"
                                .formatted(
                                        line.at(),
                                        line.level(),
                                        line.thread(),
                                        line.logger(),
                                        line.text()))
                .collect(Collectors.joining());
    }
}
