package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.scheduling.credit.CreditPolicy;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.dlora.scheduling.policy.OldestAdapterPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies beside each other in virtual time: what each is good at, and what it costs. */
class ComparisonTest {
    private static final int ADAPTERS = 32;
    private static final int REQUESTS = 300;

    private static final List<Policy<?>> OTHERS =
            List.of(new ArrivalOrderPolicy(), new OldestAdapterPolicy(), new CreditPolicy());

    /** A policy that starves the cold adapters while hot ones have work gains speed. */
    @ParameterizedTest(name = "Zipf {0}, rank {1}")
    @CsvSource({"0,16", "0,128", "1,16", "1,128", "2,16", "2,128", "9,16", "9,128"})
    void dloraIsAmongTheFastest(double skew, int rank) {
        double ours = tokensPerSecond(dlora(), skew, rank);
        double fastest =
                OTHERS.stream().mapToDouble(p -> tokensPerSecond(p, skew, rank)).max().orElse(0);
        assertThat(ours).isGreaterThan(0.92 * fastest);
    }

    @Test
    void dloraIsFasterThanEachOtherSomewhere() {
        double ours = tokensPerSecond(dlora(), 9, 128);
        assertThat(ours).isGreaterThan(1.3 * tokensPerSecond(new ArrivalOrderPolicy(), 9, 128));
        ours = tokensPerSecond(dlora(), 1, 16);
        assertThat(ours).isGreaterThan(1.2 * tokensPerSecond(new OldestAdapterPolicy(), 1, 16));
    }

    /** A hot adapter with a hundred times the arrivals of each other, more than can be served. */
    @Test
    void theColdAreServedSoonBesideAHotAdapterAndElsewhereAreNot() {
        double bound = DloraSettings.DEFAULT.maxWait() + 1;
        assertThat(longestColdWait(dlora())).isLessThan(bound);
        for (var other : OTHERS) {
            assertThat(longestColdWait(other)).as(other.name()).isGreaterThan(2 * bound);
        }
    }

    private static Policy<?> dlora() {
        return new DloraPolicy(DloraSettings.DEFAULT);
    }

    private static double tokensPerSecond(Policy<?> policy, double skew, int rank) {
        var random = new Random(7);
        var server = server(policy, rank);
        var shares =
                IntStream.range(0, ADAPTERS).mapToDouble(i -> Math.pow(i + 1, -skew)).toArray();
        double sum = IntStream.range(0, ADAPTERS).mapToDouble(i -> shares[i]).sum();
        for (int r = 0; r < REQUESTS; r++) {
            double x = sum * random.nextDouble();
            int adapter = 0;
            while (adapter < ADAPTERS - 1 && x >= shares[adapter]) {
                x -= shares[adapter++];
            }
            server.submit("adapter-" + adapter, 8 + random.nextInt(100), 10 + random.nextInt(100));
        }
        server.runToTheEnd();
        return server.finished.stream().mapToInt(f -> f.outputs).sum() / server.now();
    }

    private static double longestColdWait(Policy<?> policy) {
        var random = new Random(3);
        var server = server(policy, 64);
        double hotAt = 0;
        double coldAt = 0.5;
        while (server.now() < 60) {
            for (; hotAt <= server.now(); hotAt -= Math.log(random.nextDouble()) / 25) {
                server.submit("adapter-0", 20, 30);
            }
            for (; coldAt <= server.now(); coldAt -= Math.log(random.nextDouble()) / 1.5) {
                server.submit("adapter-" + (1 + random.nextInt(6)), 20, 30);
            }
            if (server.isIdle()) {
                server.idleUntil(Math.min(hotAt, coldAt));
            } else {
                server.step();
            }
        }
        server.runToTheEnd();
        return server.finished.stream()
                .filter(f -> !f.adapter.equals("adapter-0"))
                .mapToDouble(f -> f.firstTokenAt - f.arrivedAt)
                .max()
                .orElseThrow();
    }

    private static SimulatedServer<?> server(Policy<?> policy, int rank) {
        var server =
                new SimulatedServer<>(
                        policy, new StepLimits(32, 256, 16), 4000, SyntheticCosts.CPU);
        for (int i = 0; i < ADAPTERS; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i, rank, MergeRules.FREE));
        }
        return server;
    }
}
