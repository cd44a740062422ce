package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.dlora.bench.load.LoadRun;
import org.dlora.bench.load.LoadTarget;
import org.dlora.workload.Lengths;
import org.dlora.workload.LoadReport;
import org.dlora.workload.Popularity;
import org.dlora.workload.Workload;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The command {@code bench}: sends load to a server, and prints the throughput and the latencies of
 * its answers.
 */
@Command(
        name = BenchCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Sends streamed completions to a server that speaks OpenAI's API and prints throughput and latencies.",
            "Prompts are random token ids, decoding is greedy, lengths are forced (ignore_eos, min_tokens). "
                    + "Without --rate a closed loop: --concurrency requests are in flight until all are done. "
                    + "With --rate an open one: they arrive as a Poisson process, and latencies count from the arrival, "
                    + "so also what a request waits for because --concurrency are in flight."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:all requests done", "1:requests failed", "2:wrong usage"})
final class BenchCommand implements Callable<Integer> {
    static final String NAME = "bench";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SHORTEST_PROMPT = 4;
    private static final int SHORTEST_OUTPUT = 2;

    /** Longest length, in multiples of the mean. */
    private static final int LONGEST = 8;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8080",
            description = "the server's address, with or without /v1 (${DEFAULT-VALUE})")
    private String url = "";

    @Option(
            names = "--key",
            defaultValue = "${env:DLORA_KEY}",
            description = "API key; else the environment variable DLORA_KEY")
    private @Nullable String key;

    @Option(names = "--label", defaultValue = "", description = "what the run is called")
    private String label = "";

    @Option(names = "--models", split = ",", description = "names of models, separated by commas")
    private @Nullable List<String> models;

    @Option(
            names = "--models-prefix",
            defaultValue = "lora",
            description =
                    "without --models: they are called so, with 0, 1, … behind it (${DEFAULT-VALUE})")
    private String modelsPrefix = "";

    @Option(
            names = "--models-count",
            defaultValue = "1",
            description = "without --models: how many there are (${DEFAULT-VALUE})")
    private int modelsCount;

    @Option(
            names = "--zipf",
            defaultValue = "0",
            description = "exponent of the models' popularity; 0 is uniform (${DEFAULT-VALUE})")
    private double zipf;

    @Option(
            names = "--hot",
            description =
                    "the first model is asked for so many times as often as each other, in place of --zipf")
    private @Nullable Double hot;

    @Option(names = "--requests", defaultValue = "64", description = "how many (${DEFAULT-VALUE})")
    private int requests;

    @Option(
            names = "--warmup",
            defaultValue = "0",
            description = "requests sent before that do not count (${DEFAULT-VALUE})")
    private int warmUp;

    @Option(
            names = "--concurrency",
            defaultValue = "10000",
            description = "requests in flight at most (${DEFAULT-VALUE})")
    private int concurrency;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "arrivals per second; 0 is a closed loop (${DEFAULT-VALUE})")
    private double rate;

    @Option(
            names = "--prompt",
            defaultValue = "128",
            description = "mean tokens of a prompt (${DEFAULT-VALUE})")
    private int prompt;

    @Option(
            names = "--output",
            defaultValue = "64",
            description = "mean tokens of an answer (${DEFAULT-VALUE})")
    private int output;

    @Option(
            names = "--spread",
            defaultValue = "0",
            description = "log-normal sigma of both lengths; 0 is fixed (${DEFAULT-VALUE})")
    private double spread;

    @Option(
            names = "--vocab-low",
            defaultValue = "1000",
            description = "lowest token id of prompts (${DEFAULT-VALUE})")
    private int vocabLow;

    @Option(
            names = "--vocab-high",
            defaultValue = "40000",
            description = "token ids of prompts are below it (${DEFAULT-VALUE})")
    private int vocabHigh;

    @Option(
            names = "--slo",
            defaultValue = "0.5",
            description = "seconds per token that a request should take at most (${DEFAULT-VALUE})")
    private double slo;

    @Option(
            names = "--seed",
            defaultValue = "0",
            description =
                    "of the requests; a server that caches prefixes needs a new one for every run (${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--timeout",
            defaultValue = "900",
            description = "seconds that a request may take (${DEFAULT-VALUE})")
    private int timeout;

    @Option(
            names = "--extra-body",
            description =
                    "a JSON object whose members are added to each request, or replace those that bench sends, e.g. '{\"temperature\": 1}'")
    private @Nullable String extraBody;

    @Option(
            names = "--llama",
            description =
                    "the server is llama.cpp's: model i of the list is its adapter i, chosen by the field lora")
    private boolean isLlama;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Option(names = "--each", description = "with --json: the times of each request, too")
    private boolean isEach;

    @Option(names = "--help", usageHelp = true, description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    @Override
    public Integer call() throws InterruptedException {
        var commandLine = requireNonNull(spec).commandLine();
        LoadReport report;
        try {
            report = run();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, String.valueOf(e.getMessage()), e);
        }
        var out = commandLine.getOut();
        if (isJson) {
            var values = report.values();
            if (isEach) {
                values.put("requests", report.each());
            }
            out.println(JSON.writeValueAsString(values));
        } else {
            report.lines().forEach(out::println);
        }
        return report.failed().isEmpty() ? 0 : 1;
    }

    private LoadReport run() throws InterruptedException {
        var names = names();
        var workload =
                new Workload(
                        requests,
                        rate,
                        popularity(names.size()),
                        new Lengths(prompt, spread, SHORTEST_PROMPT, LONGEST * prompt),
                        new Lengths(output, spread, SHORTEST_OUTPUT, LONGEST * output),
                        vocabLow,
                        vocabHigh);
        var target =
                new LoadTarget(
                        LoadTarget.address(url),
                        Optional.ofNullable(key),
                        names,
                        isLlama,
                        extraMembers(),
                        Duration.ofSeconds(timeout));
        var plan = workload.plan(seed);
        try (var load = new LoadRun(target, concurrency)) {
            if (warmUp > 0) {
                // Another seed: the prefix cache must not know the prompts that are measured.
                load.run("", workload.warmUp(warmUp).plan(~seed), slo);
            }
            return load.run(label, plan, slo);
        }
    }

    private Map<String, Object> extraMembers() {
        if (extraBody == null) {
            return Map.of();
        }
        JsonNode members;
        try {
            members = JSON.readTree(extraBody);
        } catch (JacksonException e) {
            throw notAnObject(extraBody, e);
        }
        if (!members.isObject()) {
            throw notAnObject(extraBody, null);
        }
        return JSON.convertValue(members, new TypeReference<>() {});
    }

    private static IllegalArgumentException notAnObject(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "--extra-body is '%s': expected a JSON object such as {\"temperature\": 1}"
                        .formatted(text),
                cause);
    }

    private Popularity popularity(int count) {
        return hot == null ? Popularity.zipf(count, zipf) : Popularity.hot(count, hot);
    }

    private List<String> names() {
        if (models != null) {
            return models;
        }
        return IntStream.range(0, modelsCount).mapToObj(i -> modelsPrefix + i).toList();
    }
}
