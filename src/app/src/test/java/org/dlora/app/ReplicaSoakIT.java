package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.app.ReplicaSoak.Question;
import org.dlora.device.FaultyDevice;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * Three replicas with a memory each, under streamed requests over the demo's adapters, while
 * requests and adapters move and replicas fail in every way ({@link ReplicaTroubles}): answers are
 * right, no plan is a defect, and nothing leaks. {@code -Ddlora.test.seed=N} repeats a run's
 * decisions, and {@code -Ddlora.test.long=true} makes it long.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 20, unit = MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class ReplicaSoakIT {
    private static final Path DEMO = TestFiles.demo();
    private static final boolean IS_LONG = Boolean.getBoolean("dlora.test.long");
    private static final int REQUESTS = IS_LONG ? 4_000 : 500;
    private static final int DISTINCT = IS_LONG ? 200 : 80;
    private static final int REPLICAS = 3;

    /** Least gap between the two best logits of a token, beyond the noise of merged weights. */
    private static final double CLEAR = 0.5;

    /** Line of the log about a defect of the rebalancer. */
    private static final String NOT_REBALANCED = "Requests could not be rebalanced";

    private final long seed = Long.getLong("dlora.test.seed", System.nanoTime());

    @Test
    void unmergedAnswersAreThoseOfAnUndisturbedRunBitForBit(CapturedOutput log) throws Exception {
        soak("unmerged", undisturbed(SoakRequests.make(DISTINCT, random(0))), log);
    }

    @Test
    void clearGreedyAnswersAreRightWhereAdaptersAreMerged(CapturedOutput log) throws Exception {
        soak(
                "dlora",
                Example.all().stream()
                        .filter(example -> example.minGap() >= CLEAR)
                        .map(example ->
                                new Question(
                                        example.request(true),
                                        answer -> answer.text().equals(example.output())))
                        .toList(),
                log);
    }

    /** Returns requests with their answers from a server of one replica. */
    private static List<Question> undisturbed(List<String> bodies) throws Exception {
        try (var server =
                RunningServer.start(
                        DEMO.resolve("model"),
                        DEMO.resolve("adapters"),
                        "--dlora.served-name=" + SoakRequests.BASE,
                        RunningServer.JAVA_ALONE)) {
            var answers = ReplicaSoak.ask(server, bodies);
            return IntStream.range(0, bodies.size())
                    .mapToObj(i -> new Question(bodies.get(i), answers.get(i)::equals))
                    .toList();
        }
    }

    private void soak(String policy, List<Question> questions, CapturedOutput log)
            throws Exception {
        System.out.printf("ReplicaSoakIT, policy %s: -Ddlora.test.seed=%d%n", policy, seed);
        var device = new FaultyDevice(true);
        try (var server = start(device, policy);
                var troubles = new ReplicaTroubles(new AdapterCalls(server), device, random(1))) {
            var calls = new AdapterCalls(server);
            var books = ReplicaBooks.of(calls, device);
            var moves = new RequestMoves(server, REPLICAS, random(2));
            int refusals =
                    new ReplicaSoak(server, random(3)).run(questions, REQUESTS, troubles, moves);
            troubles.end();
            System.out.printf(
                    "%d requests, %d refused for a while, %.0f moved, %.0f rescued; %.0f hung, %.0f ended, %.0f restarted%n",
                    REQUESTS,
                    refusals,
                    calls.metric("dlora_migrations_total", "outcome=\"moved\""),
                    calls.metric("dlora_rescues_total"),
                    calls.metric("dlora_replica_fenced_total", "cause=\"hung\""),
                    calls.metric("dlora_replica_fenced_total", "cause=\"ended\""),
                    calls.metric("dlora_replica_fenced_total", "cause=\"asked\""));
            books.assertSame(calls, device);
            assertThat(calls.metric("dlora_rescues_total")).isPositive();
            assertThat(calls.metric("dlora_replica_fenced_total")).isPositive();
            assertEachServes(server, questions);
            assertThat(log.getOut().lines().filter(line -> line.contains(NOT_REBALANCED)))
                    .isEmpty();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("Repeat with -Ddlora.test.seed=" + seed, e);
        }
    }

    /** Returns numbers of a part of the test, which others do not change. */
    private Random random(int part) {
        return new Random(seed + part);
    }

    private static RunningServer start(FaultyDevice device, String policy) {
        var settings = new ArrayList<String>();
        for (int i = 0; i < REPLICAS; i++) {
            settings.add("--dlora.replicas[%d].threads=1".formatted(i));
            settings.add("--dlora.replicas[%d].memory=4MB".formatted(i));
        }
        settings.add("--dlora.served-name=" + SoakRequests.BASE);
        settings.add("--dlora.policy=" + policy);
        settings.add("--dlora.kv-cache.size=1MB");
        settings.add("--dlora.max-model-len=256");
        settings.add("--dlora.max-batch=12");
        settings.add("--dlora.max-batch-tokens=64");
        settings.add("--dlora.merge.keep=1s");
        settings.add("--dlora.rebalance.period=1s");
        settings.add("--dlora.rebalance.rest=1s");
        settings.add("--dlora.watchdog.minimum=2s");
        settings.add("--dlora.watchdog.maximum=2s");
        return RunningServer.startOn(
                device,
                DEMO.resolve("model"),
                DEMO.resolve("adapters"),
                settings.toArray(String[]::new));
    }

    /** Drains all replicas but one, one after another. */
    private static void assertEachServes(RunningServer server, List<Question> questions)
            throws Exception {
        for (int only = 0; only < REPLICAS; only++) {
            for (int other = 0; other < REPLICAS; other++) {
                if (other != only) {
                    server.post("/admin/replicas/%d/drain".formatted(other), "{}");
                }
            }
            var question = questions.get(only);
            assertThat(ReplicaSoak.ask(server, List.of(question.body())))
                    .allMatch(question.isRight());
            for (int other = 0; other < REPLICAS; other++) {
                server.post("/admin/replicas/%d/resume".formatted(other), "{}");
            }
        }
    }
}
