package org.dlora.scheduling;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;
import org.junit.jupiter.api.Test;

/**
 * Decisions of {@code dlora} over random histories without teams, against those that were recorded
 * before there were teams; two of them again when the cost model learned otherwise. {@code
 * decisions.txt} has a line for each history: its seed, its steps, the steps that ran an adapter
 * alone, and a hash of all plans and leads.
 */
class RecordedDecisionsTest {
    private static final int HISTORIES = 40;

    @Test
    void withoutTeamsEachDecisionIsTheRecordedOne() {
        assertThat(digests()).isEqualTo(recorded());
    }

    static List<String> digests() {
        return IntStream.range(0, HISTORIES).mapToObj(RecordedDecisionsTest::digest).toList();
    }

    private static List<String> recorded() {
        try (var in = RecordedDecisionsTest.class.getResourceAsStream("decisions.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(int seed) {
        var server = history(new Random(seed));
        var hash = sha256();
        for (var step : server.steps) {
            hash.update(line(step.decision()).getBytes(UTF_8));
        }
        long alone =
                server.steps.stream()
                        .filter(s -> s.decision().explanation().chosen().startsWith("merged:"))
                        .count();
        return "%d %d %d %s"
                .formatted(
                        seed,
                        server.steps.size(),
                        alone,
                        HexFormat.of().formatHex(hash.digest()).substring(0, 32));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the plan, the choice and the leads of a decision. */
    private static String line(Decision<?> decision) {
        var leads =
                decision.explanation().standing().entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .sorted()
                        .toList();
        return decision.plan() + " " + decision.explanation().chosen() + " " + leads + "\n";
    }

    /** Runs requests in floods, drips and silences, for adapters of all kinds. */
    private static SimulatedServer<DloraState> history(Random random) {
        int longest = random.nextInt(4) == 0 ? 1000 : 60;
        var limits = new StepLimits(1 + random.nextInt(8), 4 + random.nextInt(60), 16);
        int blocks = longest > 60 || random.nextBoolean() ? 5000 : 10 + random.nextInt(40);
        var settings =
                new DloraSettings(1, 2, random.nextInt(400), 0.2 + random.nextDouble(), 0.02);
        double element = random.nextInt(3) == 0 ? 0 : 1e-9 + 4e-9 * random.nextDouble();
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings),
                        limits,
                        blocks,
                        new SyntheticCosts(0.01, 0.0005, 0.001, element, 0.2));
        int adapters = 1 + random.nextInt(6);
        for (int i = 0; i < adapters; i++) {
            double weight = random.nextInt(3) == 0 ? 0.5 + 2 * random.nextDouble() : 1;
            var any = RandomAdapters.adapter("adapter-" + i, random);
            server.add(
                    new AdapterView(
                            any.id(),
                            any.lora(),
                            any.rules(),
                            weight,
                            Backlog.NONE,
                            OutputLengths.NONE));
        }
        if (random.nextInt(5) == 0) {
            server.limit(new SloLimits(2, 0.03));
        }
        for (int phase = 0; phase < 4; phase++) {
            int hot = random.nextInt(adapters + 1);
            double others = 0.2 * random.nextDouble();
            for (int i = 0; i < 60; i++) {
                for (int adapter = 0; adapter <= adapters; adapter++) {
                    if (random.nextDouble() < (adapter == hot ? 0.6 : others)) {
                        submit(
                                server,
                                adapter == adapters ? "" : "adapter-" + adapter,
                                longest,
                                random);
                    }
                }
                step(server);
            }
            for (int i = random.nextInt(200); i > 0; i--) {
                step(server);
            }
        }
        return server;
    }

    private static void submit(
            SimulatedServer<?> server, String adapter, int longest, Random random) {
        int prompt = 1 + random.nextInt(longest);
        int outputs = 1 + random.nextInt(60);
        if (random.nextInt(8) == 0) {
            server.submitEcho(adapter, prompt, outputs);
        } else {
            server.submit(adapter, prompt, outputs, random.nextInt(30) == 0);
        }
    }

    private static void step(SimulatedServer<?> server) {
        if (!server.isIdle()) {
            server.step();
        }
    }
}
