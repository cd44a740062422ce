package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.AllTries;

/**
 * Events that are told while later steps run are those of one step after the other: stop strings,
 * ends and counts are where they would be, however late listeners cancel or throw.
 */
@AllTries
class ReplicaRandomTest {
    private static final int BLOCKS = 12;
    private static final int MAX_LENGTH = 90;

    /** A client that is lost after {@code patience} tokens, or -1: stays to the end. */
    private record Client(
            GenerationRequest request, int patience, boolean throwing, Recording got) {
        GenerationListener listener(Replica replica) {
            return event -> {
                got.on(event);
                if (event instanceof Token && got.tokens().size() == patience) {
                    if (throwing) {
                        throw new IllegalStateException("gone");
                    }
                    replica.cancel(request.id());
                }
            };
        }
    }

    @Property(tries = 60)
    void tellsEachClientWhatItWouldBeToldWithoutOverlap(@ForAll long seed)
            throws InterruptedException {
        var random = new Random(seed);
        var limits = new StepLimits(1 + random.nextInt(8), 1 + random.nextInt(60), 16);
        var settings = new ReplicaSettings("r", limits, BLOCKS, DType.F32, MAX_LENGTH, true);
        var model = new FakeModel(BLOCKS);
        var clients = new ArrayList<Client>();
        try (var replica =
                new Replica(
                        settings,
                        model.serve(),
                        SchedulingSettings.DEFAULT,
                        new SimpleMeterRegistry())) {
            replica.start();
            for (int i = 0; i < 20; i++) {
                var request = Requests.random("r" + i, random, 40, 40);
                int patience = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : -1;
                var client = new Client(request, patience, random.nextBoolean(), new Recording());
                clients.add(client);
                replica.submit(request, client.listener(replica));
            }
            for (var client : clients) {
                client.got().await();
            }
            assertThat(replica.load()).isEqualTo(new ReplicaLoad("r", 0, 0, BLOCKS, BLOCKS));
        }
        clients.forEach(ReplicaRandomTest::assertEvents);
    }

    private static void assertEvents(Client client) {
        var told = Oracle.ignoringCosts(client.got().events());
        var expected = Oracle.events(client.request(), BLOCKS * 16);
        var end = (Finished) told.getLast();
        // More than one in ten of 1200 requests ends so.
        Statistics.label("ended by")
                .collect(end.stop() instanceof String ? "a stop string" : end.reason())
                .coverage(coverage -> {
                    coverage.check("a stop string").count(ends -> ends > 0);
                    coverage.check(FinishReason.CANCELLED).count(ends -> ends > 0);
                });
        if (end.reason() == FinishReason.CANCELLED) {
            var before = told.subList(0, told.size() - 1);
            assertThat(client.patience()).isPositive();
            assertThat(before).isEqualTo(expected.subList(0, before.size()));
            // A client that throws does not get events sent before its request could end.
            assertThat(end.outputTokens()).isGreaterThanOrEqualTo(client.got().tokens().size());
        } else {
            assertThat(told.getLast()).isEqualTo(expected.getLast());
            if (!client.throwing() || client.patience() < 0) {
                assertThat(told).isEqualTo(expected);
            }
        }
    }
}
